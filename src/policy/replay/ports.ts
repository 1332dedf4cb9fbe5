/** What replaying needs of storage: what was judged, in order, and what was known of people. Read from a thread of its own. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { PersonInRoom } from '../memory/ports.ts';
import type { Verdict } from '../verdict.ts';

/** The first verdict about an event, with the event. */
export interface ReplayEntry {
  /** As in `VerdictLog`. */
  readonly position: number;
  readonly verdict: Verdict;
  /** Canonical JSON; `undefined` where it is kept no more, or was not asked for. */
  readonly event: string | undefined;
}

export interface MessageCount {
  readonly userId: UserId;
  readonly roomId: RoomId;
  readonly messages: number;
}

/** What was judged, in the order of storing: read only, and in spans that the caller chooses. */
export interface ReplayLog {
  /** Nothing up to this position was judged at that time or later. */
  positionBefore(time: number): Promise<number>;
  /** Of the latest verdict; 0 where there is none. */
  lastPosition(): Promise<number>;
  /** First verdicts after a position and up to another one, in order, at most `limit`; their events only where wanted. */
  read(span: {
    readonly after: number;
    readonly upTo: number;
    readonly limit: number;
    readonly withEvents: boolean;
    /** Only those in which a rule in shadow matched. */
    readonly shadowedOnly?: true;
  }): Promise<readonly ReplayEntry[]>;
  /** Effective settings by the fingerprint that verdicts name. */
  configuration(fingerprint: string): Promise<string | undefined>;
  /** What is known of these users now, in all rooms, and up to which verdict it has been counted. */
  people(userIds: readonly UserId[]): Promise<readonly PersonInRoom[]>;
  peoplePosition(): Promise<number>;
  /** Signed messages of everybody in each room, by verdicts after a position and up to another. */
  messagesBetween(after: number, upTo: number): Promise<readonly MessageCount[]>;
}
