import type { PeopleStore, PersonInRoom } from '../../policy/memory/ports.ts';
import type { JudgedEvents } from '../../policy/ports.ts';
import type { MessageCount, ReplayEntry, ReplayLog } from '../../policy/replay/ports.ts';
import type { SettingsStore } from '../../policy/settings/ports.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { MemoryVerdictStore } from './verdicts.ts';

export class MemoryReplayLog implements ReplayLog {
  readonly #verdicts: MemoryVerdictStore;
  readonly #events: JudgedEvents;
  readonly #people: PeopleStore;
  readonly #settings: SettingsStore;

  constructor(
    verdicts: MemoryVerdictStore,
    others: { readonly people: PeopleStore; readonly settings: SettingsStore },
  ) {
    this.#verdicts = verdicts;
    this.#events = verdicts.judgedEvents;
    this.#people = others.people;
    this.#settings = others.settings;
  }

  async positionBefore(time: number): Promise<number> {
    const log = await this.#verdicts.log(0, Infinity);
    const first = log.find(({ verdict }) => verdict.decidedAt >= time);
    return first === undefined ? log.length : first.position - 1;
  }

  async lastPosition(): Promise<number> {
    return await this.#verdicts.lastPosition();
  }

  async read(span: Parameters<ReplayLog['read']>[0]): Promise<readonly ReplayEntry[]> {
    const { after, upTo, limit, withEvents, shadowedOnly = false } = span;
    const log = await this.#verdicts.log(after, Infinity);
    const found = log
      .filter(({ position, verdict }) => position <= upTo && verdict.revision === 1)
      .filter(({ verdict }) => !shadowedOnly || verdict.shadow.length > 0)
      .slice(0, limit);
    return await Promise.all(
      found.map(async ({ position, verdict }) => {
        const event = withEvents ? await this.#events.find(verdict.eventId) : undefined;
        return { position, verdict, event };
      }),
    );
  }

  async configuration(fingerprint: string): Promise<string | undefined> {
    return await this.#settings.configuration(fingerprint);
  }

  async people(userIds: readonly UserId[]): Promise<readonly PersonInRoom[]> {
    return await this.#people.ofUsers(userIds);
  }

  async peoplePosition(): Promise<number> {
    return (await this.#people.positions()).verdicts;
  }

  async messagesBetween(after: number, upTo: number): Promise<readonly MessageCount[]> {
    const counts = new Map<string, MessageCount>();
    for (const { verdict } of await this.read({ after, upTo, limit: Infinity, withEvents: false })) {
      if (!isSignedMessage(verdict)) continue;
      const { sender: userId, roomId } = verdict;
      const messages = (counts.get(`${userId} ${roomId}`)?.messages ?? 0) + 1;
      counts.set(`${userId} ${roomId}`, { userId, roomId, messages });
    }
    return [...counts.values()];
  }
}

function isSignedMessage({ decision, facts }: Verdict): boolean {
  const measure = facts['measure'];
  if (decision.outcome !== 'sign' || typeof measure !== 'object' || measure === null || !('kind' in measure)) {
    return false;
  }
  return measure.kind === 'message' || measure.kind === 'media';
}
