import type { LoggedVerdict, VerdictLog } from '../../policy/memory/ports.ts';
import type { JudgedEvents, VerdictStore } from '../../policy/ports.ts';
import type { ForgottenContent } from '../../policy/retention/ports.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';

export class MemoryVerdictStore implements VerdictStore, VerdictLog {
  readonly #events = new Map<EventId, string>();
  readonly judgedEvents: JudgedEvents = { find: async (eventId) => this.#events.get(eventId) };
  /** Revisions in ascending order. */
  readonly #byEvent = new Map<EventId, readonly Verdict[]>();
  readonly #eventsByReference = new Map<string, Set<EventId>>();
  readonly #log: Verdict[] = [];
  readonly #positions = new WeakMap<Verdict, number>();

  async find(eventId: EventId): Promise<Verdict | undefined> {
    return this.#byEvent.get(eventId)?.at(-1);
  }

  async latest(eventId: EventId): Promise<Verdict | undefined> {
    return await this.find(eventId);
  }

  async findByReference(reference: string): Promise<readonly Verdict[]> {
    const eventIds = this.#eventsByReference.get(reference) ?? [];
    return [...eventIds].flatMap((eventId) => this.#byEvent.get(eventId) ?? []);
  }

  async history(eventId: EventId): Promise<readonly Verdict[]> {
    return this.#byEvent.get(eventId) ?? [];
  }

  has(eventId: EventId, revision: number): boolean {
    return this.#byEvent.get(eventId)?.some((known) => known.revision === revision) ?? false;
  }

  async add(verdict: Verdict, event?: string): Promise<Verdict> {
    return this.insert(verdict, event);
  }

  insert(verdict: Verdict, event?: string): Verdict {
    const known = this.#byEvent.get(verdict.eventId) ?? [];
    const first = known.find(({ revision }) => revision === verdict.revision);
    if (first !== undefined) return first;
    this.#byEvent.set(
      verdict.eventId,
      [...known, verdict].sort((a, b) => a.revision - b.revision),
    );
    this.#positions.set(verdict, this.#log.push(verdict));
    const events = this.#eventsByReference.get(verdict.reference) ?? new Set();
    this.#eventsByReference.set(verdict.reference, events.add(verdict.eventId));
    if (event !== undefined && !this.#events.has(verdict.eventId)) this.#events.set(verdict.eventId, event);
    return verdict;
  }

  forget({ position, eventId, evidence, flags, shadow, facts }: ForgottenContent): void {
    const known = this.#log[position - 1];
    if (known === undefined) return;
    const forgotten = { ...known, evidence, flags, shadow, facts };
    this.#log[position - 1] = forgotten;
    this.#positions.set(forgotten, position);
    const revisions = this.#byEvent.get(eventId) ?? [];
    this.#byEvent.set(
      eventId,
      revisions.map((verdict) => (verdict === known ? forgotten : verdict)),
    );
    if (known.revision === 1) this.#events.delete(eventId);
  }

  positionOf(verdict: Verdict): number | undefined {
    return this.#positions.get(verdict);
  }

  async lastPosition(): Promise<number> {
    return this.#log.length;
  }

  async log(after: number, limit: number): Promise<readonly LoggedVerdict[]> {
    return this.#log.slice(after, after + limit).map((verdict, at) => ({ position: after + at + 1, verdict }));
  }
}
