/** What policy lists need from outside: the rooms that hold rules, the people rules are about, and what was decided. */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { ActionFor } from '../ports.ts';

/** The state of a room as it is now. */
export interface ListRoom {
  readonly record: { readonly membership: 'joining' | 'joined' | 'left' };
  stateEvent(type: string, stateKey: string): Pdu | undefined;
  /** Of types other than `m.room.member`. */
  stateOfType(type: string): Iterable<Pdu>;
  /** Tells of every change of state but memberships, as long as the room lives; must not throw. */
  watchState(onChange: (type: string, stateKey: string) => void): void;
  /** Everybody who is joined; others may join and leave while this goes on. */
  joinedUsers(): Iterable<UserId>;
  view(): {
    membershipOf(userId: UserId): string;
    displayNameOf(userId: UserId): string | undefined;
    moderators(): readonly { readonly userId: UserId }[];
  };
}

/** The rooms of the bot. The same room may be another object after it was joined anew. */
export interface ListRooms {
  /** As far as it is in memory. */
  get(roomId: RoomId): ListRoom | undefined;
  /** Whole; `undefined` where the bot never had to do with it. */
  load(roomId: RoomId): Promise<ListRoom | undefined>;
  /** Rooms that the bot is in. */
  joined(): readonly RoomId[];
}

/**
 * What is made of a rule in one community: `passed`, it matched few people when it first matched anybody; `waiting`, it
 * matched many or a moderator, and is not enforced until a human says so; `approved` and `rejected`, what they said.
 */
export type RuleStanding = 'passed' | 'waiting' | 'approved' | 'rejected';

export interface RuleDecision {
  /** Id of a community, or of a room that belongs to none. */
  readonly scope: string;
  readonly list: RoomId;
  /** Kind and entity of the rule: see `ruleKeyOf`. */
  readonly rule: string;
  readonly standing: RuleStanding;
  /** The event that held the rule when it was looked at. */
  readonly ruleEventId: EventId;
  /** How many joined people it matched then, and how many of them moderate. */
  readonly people: number;
  readonly moderators: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Who approved or rejected it; null before. */
  readonly by: string | null;
}

/** One decision for each scope, list and rule: the latest. */
export interface RuleDecisionStore {
  all(): Promise<readonly RuleDecision[]>;
  /** Durable when it resolves. */
  put(decision: RuleDecision, actionFor?: ActionFor<RuleDecision>): Promise<void>;
  /** Stores some and forgets others, all of it or nothing; durable when it resolves. */
  change(change: { readonly put: readonly RuleDecision[]; readonly forget: readonly RuleDecision[] }): Promise<void>;
}
