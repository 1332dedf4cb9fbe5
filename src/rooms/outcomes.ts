/** What requests to `rooms/` come to, for `http/` and the commands to present. */
import type { EventId } from '../protocol/ids/event-id.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';

export interface TransactionInput {
  readonly origin: ServerName;
  readonly transactionId: string;
  /** At most 50 and 100; checked by the caller. */
  readonly pdus: readonly JsonValue[];
  readonly edus: readonly JsonValue[];
}

/** Per event: empty where it was taken, or already known; a sentence where not. Events without an id are left out. */
export type TransactionResult = ReadonlyMap<EventId, { error?: string }>;

export interface InviteInput {
  readonly origin: ServerName;
  readonly roomId: RoomId;
  /** From the request's path. */
  readonly eventId: string;
  readonly roomVersion: string;
  readonly event: JsonObject;
  /** Stripped state or, since v1.16, full events. */
  readonly roomState: readonly JsonValue[];
}

export type InviteOutcome =
  /** The event with our signature added, nothing else changed. */
  | { type: 'accepted'; event: JsonObject }
  | { type: 'invalid'; detail: string }
  | { type: 'unsupportedRoomVersion'; roomVersion: string }
  /** The invite is sound, but its sender may not invite the bot. */
  | { type: 'blocked'; detail: string }
  | { type: 'keysUnavailable'; detail: string };

export type JoinOutcome =
  | { type: 'joined'; roomId: RoomId; via: ServerName }
  | { type: 'alreadyJoined'; roomId: RoomId }
  /** No server let us in: one sentence per server asked. */
  | { type: 'failed'; attempts: readonly { server: ServerName; reason: string }[] };

export type LeaveOutcome =
  | { type: 'left'; roomId: RoomId }
  | { type: 'notJoined' }
  | { type: 'failed'; attempts: readonly { server: ServerName; reason: string }[] };

/** A room as `gatehouse rooms list` and `rooms show` print it. */
export interface RoomSummary {
  readonly roomId: RoomId;
  readonly name: string | undefined;
  readonly canonicalAlias: string | undefined;
  readonly roomVersion: string;
  readonly membership: 'joining' | 'joined' | 'left';
  readonly leftBecause: string | undefined;
  readonly joinedMembers: number;
  readonly policy: PolicyStatus;
}

/** Whether the room has the `m.room.policy` that makes its servers ask us. */
export type PolicyStatus =
  | { status: 'active' }
  | { status: 'missing' }
  /** The event is there, but names another server or another key. */
  | { status: 'mismatch'; detail: string };
