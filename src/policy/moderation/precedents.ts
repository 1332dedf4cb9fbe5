/** Moderators' decisions about content that is sent again: all that hold, in memory, asked for with every event. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { ActionFor } from '../ports.ts';
import type { Subject } from '../questions.ts';
import { contentFingerprint } from './content-fingerprint.ts';
import type { Precedent, PrecedentStore } from './ports.ts';

/** Most that hold at a time. */
export const MAX_PRECEDENTS = 100_000;

export class Precedents {
  readonly #store: PrecedentStore;
  readonly #byFingerprint = new Map<string, readonly Precedent[]>();
  #count = 0;

  constructor(store: PrecedentStore) {
    this.#store = store;
  }

  async load(now: number): Promise<void> {
    for (const precedent of await this.#store.holding(now)) this.#remember(precedent);
  }

  /** The one made last that holds for the event. */
  find(subject: Subject): Precedent | undefined {
    if (this.#count === 0) return undefined;
    const made = this.#byFingerprint.get(contentFingerprint(subject.event)) ?? [];
    return made.findLast((precedent) => holdsFor(precedent, subject));
  }

  get isFull(): boolean {
    return this.#count >= MAX_PRECEDENTS;
  }

  async add(precedent: Omit<Precedent, 'id'>): Promise<Precedent> {
    const added = await this.#store.add(precedent);
    this.learn(added);
    return added;
  }

  /** One that is stored holds from now on. */
  learn(added: Precedent): void {
    this.#forgetEnded(added.madeAt);
    this.#remember(added);
  }

  /** False where none of that id holds. */
  async end(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean> {
    if (!(await this.#store.end(id, at, actionFor))) return false;
    for (const [fingerprint, list] of this.#byFingerprint) {
      this.#replace(
        fingerprint,
        list.filter((precedent) => precedent.id !== id),
      );
    }
    return true;
  }

  /** `undefined` where none of that id holds. */
  get(id: number, now: number): Precedent | undefined {
    for (const list of this.#byFingerprint.values()) {
      const found = list.find((precedent) => precedent.id === id && precedent.until > now);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Those that were made by deciding on this event and hold, newest first. */
  restingOn(eventId: EventId, now: number): readonly Precedent[] {
    const found: Precedent[] = [];
    for (const list of this.#byFingerprint.values()) {
      for (const precedent of list) if (precedent.decidedOn === eventId && precedent.until > now) found.push(precedent);
    }
    return found.sort((a, b) => b.id - a.id);
  }

  /** Newest first. */
  all(now: number): readonly Precedent[] {
    const holding = [...this.#byFingerprint.values()].flat().filter(({ until }) => until > now);
    return holding.sort((a, b) => b.id - a.id);
  }

  #remember(precedent: Precedent): void {
    this.#replace(precedent.fingerprint, [...(this.#byFingerprint.get(precedent.fingerprint) ?? []), precedent]);
  }

  #forgetEnded(now: number): void {
    if (!this.isFull) return;
    for (const [fingerprint, list] of this.#byFingerprint) {
      this.#replace(
        fingerprint,
        list.filter(({ until }) => until > now),
      );
    }
  }

  #replace(fingerprint: string, list: readonly Precedent[]): void {
    this.#count += list.length - (this.#byFingerprint.get(fingerprint)?.length ?? 0);
    if (list.length === 0) this.#byFingerprint.delete(fingerprint);
    else this.#byFingerprint.set(fingerprint, list);
  }
}

function holdsFor(precedent: Precedent, { event, community, now }: Subject): boolean {
  const { pdu } = event;
  if (precedent.until <= now) return false;
  if (precedent.sender !== undefined && precedent.sender !== pdu.sender) return false;
  return precedent.community === undefined ? precedent.roomId === pdu.roomId : precedent.community === community;
}
