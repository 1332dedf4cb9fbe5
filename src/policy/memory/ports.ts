/** What the memory of the past needs from storage, and what it is told of the rooms' events. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { Verdict } from '../verdict.ts';

export interface LoggedVerdict {
  /** From 1, in the order of storing; never used again. */
  readonly position: number;
  readonly verdict: Verdict;
}

/** All verdicts in the order of storing. */
export interface VerdictLog {
  /** Verdicts after a position, at most `limit`; durable ones only. Lets the event loop have its turn. */
  log(after: number, limit: number): Promise<readonly LoggedVerdict[]>;
  /** Of the latest verdict; 0 where there is none. */
  lastPosition(): Promise<number>;
  /** Of a verdict that this process has added, by the object that was given; `undefined` for all others. */
  positionOf(verdict: Verdict): number | undefined;
}

/** What is known of a person in one room. Times in milliseconds since 1970. */
export interface PersonInRoom {
  readonly userId: UserId;
  readonly roomId: RoomId;
  /** Null where they have done nothing there yet. */
  readonly firstSeenAt: number | null;
  /** When the present membership began; null where they are not joined. */
  readonly joinedAt: number | null;
  /** Of the latest join that was seen, changes of the profile included; null where there was none. */
  readonly lastJoinAt: number | null;
  /** Of the latest leave or ban; null where there was none. */
  readonly leftAt: number | null;
  /** Whether an invite came after the latest leave. */
  readonly isInvited: boolean;
  /** Accepted messages. */
  readonly messages: number;
}

/** Up to where both logs have been taken in. */
export interface PeoplePositions {
  readonly verdicts: number;
  readonly events: number;
}

/** What is known of people, and up to where it has been read from the logs: one never without the other. */
export interface PeopleStore {
  /** What is known of these users, in all rooms. */
  ofUsers(userIds: readonly UserId[]): Promise<readonly PersonInRoom[]>;
  /** When rooms were first seen; those that are not known are left out. */
  roomsSince(): Promise<ReadonlyMap<RoomId, number>>;
  positions(): Promise<PeoplePositions>;
  /**
   * Replaces what is known of each of these people and rooms, and moves the positions; all of it or nothing. Once
   * resolved it can be read; it becomes durable in order with what is written later, at the latest with the next verdict.
   */
  put(change: {
    readonly people: readonly PersonInRoom[];
    readonly rooms: ReadonlyMap<RoomId, number>;
    readonly positions: PeoplePositions;
  }): Promise<void>;
}

/** One stored event, as the stream of all events gives it; a part of what `rooms/` says of it. */
export interface StreamedEvent {
  readonly position: number;
  readonly roomId: RoomId;
  readonly raw: JsonObject;
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  readonly originServerTs: number;
  readonly status: 'accepted' | 'softFailed' | 'rejected' | 'outlier' | 'backfilled';
  readonly isRejected: boolean;
  readonly receivedFrom: ServerName;
  readonly receivedAt: number;
}
