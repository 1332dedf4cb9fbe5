/**
 * Who people were to us at a time gone by: what is known of them now, without the messages that were counted since. Of
 * memberships the present one alone is known.
 */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { PersonAnswer } from '../answers.ts';
import { answerAbout, historyIn, newHistory, type Person } from '../memory/person.ts';
import { measureIn } from '../memory/recorded-measure.ts';
import type { Verdict } from '../verdict.ts';
import type { ReplayLog } from './ports.ts';

export class PeoplePast {
  readonly #log: Pick<ReplayLog, 'people' | 'peoplePosition' | 'messagesBetween'>;
  readonly #communityOf: (roomId: RoomId) => string | undefined;
  readonly #people = new Map<UserId, Person>();
  /** Messages counted since the time at which the replay begins. */
  readonly #since = new Map<string, number>();

  constructor(
    log: Pick<ReplayLog, 'people' | 'peoplePosition' | 'messagesBetween'>,
    communityOf: (roomId: RoomId) => string | undefined,
  ) {
    this.#log = log;
    this.#communityOf = communityOf;
  }

  /** Goes back to a position of the log. */
  async begin(position: number): Promise<void> {
    const counted = await this.#log.messagesBetween(position, await this.#log.peoplePosition());
    for (const { userId, roomId, messages } of counted) this.#since.set(keyOf(userId, roomId), messages);
  }

  async load(userIds: Iterable<UserId>): Promise<void> {
    const missing = [...new Set(userIds)].filter((userId) => !this.#people.has(userId));
    if (missing.length === 0) return;
    for (const userId of missing) this.#people.set(userId, { isLoaded: true, movedAt: 0, rooms: [] });
    for (const { userId, ...history } of await this.#log.people(missing)) {
      const since = this.#since.get(keyOf(userId, history.roomId)) ?? 0;
      this.#people.get(userId)?.rooms.push({ ...history, messages: Math.max(0, history.messages - since) });
    }
  }

  /** Of somebody who is loaded, before what they do at that time. */
  answer(userId: UserId, roomId: RoomId, now: number): PersonAnswer {
    const person = this.#people.get(userId) ?? NOBODY;
    const answer = answerAbout(person, roomId, this.#communityOf);
    return {
      ...answer,
      firstSeenAt: before(answer.firstSeenAt, now),
      firstSeenInCommunityAt: before(answer.firstSeenInCommunityAt, now),
      joinedAt: before(answer.joinedAt, now),
    };
  }

  /** The next verdict: as the memory of people counts it. */
  take(verdict: Verdict): void {
    if (verdict.decision.outcome !== 'sign') return;
    const { kind } = measureIn(verdict);
    const person = this.#people.get(verdict.sender);
    if ((kind !== 'message' && kind !== 'media') || person === undefined) return;
    let history = historyIn(person, verdict.roomId);
    if (history === undefined) {
      history = { ...newHistory(verdict.roomId), firstSeenAt: verdict.decidedAt };
      person.rooms.push(history);
    }
    history.messages += 1;
  }
}

const NOBODY: Person = { isLoaded: true, movedAt: 0, rooms: [] };

function before(time: number | null, now: number): number | null {
  return time === null || time >= now ? null : time;
}

function keyOf(userId: UserId, roomId: RoomId): string {
  return `${userId} ${roomId}`;
}
