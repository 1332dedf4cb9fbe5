/** What the event graph needs from storage. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { RoomRecord } from '../ports.ts';

declare const stateIdBrand: unique symbol;
/** Id of a snapshot of a room's state: equal states have equal ids. Made by `StateTrees` alone. */
export type StateId = string & { readonly [stateIdBrand]: true };

/**
 * What became of an event on receipt (server-server API, "Checks performed on receipt of a PDU").
 * - `accepted`: part of the room.
 * - `softFailed`: passed but for the current state (6) or the policy server (7); takes part in state, not shown, not cited.
 * - `rejected`: failed the auth rules (4, 5); changes nothing, authorises nothing.
 * - `outlier`: known for the sake of others (auth events, state at a gap); its place in the graph is not.
 * - `backfilled`: of the room's past, from before we were in it; no state is kept for it.
 */
export type EventStatus = 'accepted' | 'softFailed' | 'rejected' | 'outlier' | 'backfilled';

export interface NewEvent {
  readonly eventId: EventId;
  readonly raw: JsonObject;
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  readonly depth: number;
  readonly originServerTs: number;
  readonly prevEvents: readonly EventId[];
  readonly status: EventStatus;
  /** An outlier that the auth rules reject: it authorises nothing. */
  readonly isRejected: boolean;
  /** Which check it failed and why, in a sentence; absent where it failed none. */
  readonly reason?: string;
  /** Soft-failed for want of the policy server's word alone: it is judged again when it comes again. */
  readonly isUndecided?: true;
  /** State before and after the event; absent for outliers and backfilled events. */
  readonly stateBefore?: StateId;
  readonly stateAfter?: StateId;
  readonly receivedFrom: ServerName;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

export interface EventRecord extends NewEvent {
  readonly roomId: RoomId;
  /** Place in the one stream of all events, in order of storing; an outlier that is received later moves to the end. */
  readonly position: number;
  /** The redaction that has been applied to it, if one has. */
  readonly redactedBy?: EventId;
}

export interface StateNode {
  readonly id: StateId;
  readonly text: string;
}

/** Where a room's graph ends, and its current state. */
export interface RoomHeads {
  readonly extremities: readonly EventId[];
  readonly currentState: StateId;
}

/** A redaction that came before its target, or one of a known event. */
export interface RedactionAhead {
  readonly target: EventId;
  readonly redaction: EventId;
  /** It counts only for events of users of this server; for all where there is none. */
  readonly of: ServerName | undefined;
}

/** What is known of an event that may not have come yet. */
export interface EventAhead {
  /** An accepted event cites it as a previous event. */
  readonly isCited: boolean;
  readonly redactions: readonly RedactionAhead[];
}

/** `text`: the event's canonical JSON, where it is at hand. */
export type EventToStore = NewEvent & { readonly text?: string };

/** One change of one room; all of it becomes durable, or nothing. */
export interface GraphChange {
  readonly roomId: RoomId;
  /** Stored in this order. An event known as an outlier, backfilled or undecided is replaced and gets a new position. */
  readonly events: readonly EventToStore[];
  readonly stateNodes: readonly StateNode[];
  /** Replaces the heads where given. */
  readonly heads?: RoomHeads;
  /** Replaces the room's record where given. */
  readonly record?: RoomRecord;
  /** Redactions applied by this change: target → redaction. */
  readonly redactions?: ReadonlyMap<EventId, EventId>;
  /** Redactions whose targets are not known; of each target and server (`of`) the first stays. */
  readonly redactionsAhead?: readonly RedactionAhead[];
  /** Previous events of accepted events that have not been accepted themselves. */
  readonly citedAhead?: Iterable<EventId>;
  /** Those of `events` that are to be sent to other servers, and to which: each of them to each. */
  readonly outgoing?: readonly EventId[];
  readonly destinations?: readonly ServerName[];
}

/** The events of all rooms, their states and their order. */
export interface GraphStore {
  /** Durable once resolved. Changes of one room are given one after another. */
  append(change: GraphChange): Promise<void>;
  /** Those that are known, in any status. */
  events(roomId: RoomId, eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, EventRecord>>;
  /** What `redactionsAhead` and `citedAhead` have told of these; those of which nothing is known are left out. */
  ahead(roomId: RoomId, eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, EventAhead>>;
  heads(roomId: RoomId): Promise<RoomHeads | undefined>;
  /** Texts of state nodes; those not known are left out. */
  stateNodes(ids: readonly StateId[]): Promise<ReadonlyMap<StateId, string>>;
  /** Events stored after a position, in order, at most `limit`; those of some statuses alone, where these are given. */
  stream(after: number, limit: number, statuses?: readonly EventStatus[]): Promise<readonly EventRecord[]>;
  /** Position of the event that was stored last; 0 where there is none. */
  latestPosition(): Promise<number>;
  /** The accepted or backfilled event nearest to a time, at or after it (`f`) or at or before it (`b`). */
  eventNear(roomId: RoomId, timestamp: number, direction: 'f' | 'b'): Promise<EventRecord | undefined>;
  /** How many events of each status a room has, and the latest that were not accepted, newest first. */
  overview(
    roomId: RoomId,
    latest: number,
  ): Promise<{ counts: Readonly<Partial<Record<EventStatus, number>>>; unaccepted: readonly EventRecord[] }>;
  /** Rooms that have an event with this id, at most `limit`; servers choose ids in room versions 1 and 2. */
  roomsOf(eventId: EventId, limit: number): Promise<readonly RoomId[]>;
}

/** Takes the content of stored events away; their ids, places and states stay as they are. */
export interface ErasableEvents {
  /** Events of a sender, in any status, after a position. Looks at a bounded number; `next` is where to go on. */
  eventsOf(
    sender: string,
    after: number,
  ): Promise<{ readonly events: readonly EventRecord[]; readonly next: number | undefined }>;
  /** Replaces the JSON of known events by redacted forms of it; nothing else of them changes. Durable once resolved. */
  replaceContent(
    events: readonly { readonly roomId: RoomId; readonly eventId: EventId; readonly raw: JsonObject }[],
  ): Promise<void>;
}

/** How far each named reader has followed the stream of events. */
export interface ReaderStore {
  /** 0 where the reader has read nothing. */
  position(reader: string): Promise<number>;
  /** Durable once resolved. */
  setPosition(reader: string, position: number): Promise<void>;
}

/** What waits to be sent, per destination, in order; survives restarts. Filled by `GraphStore.append`. */
export interface OutboxStore {
  /** Destinations for which something waits, with the time of their last failure if there was one. */
  destinations(): Promise<readonly ServerName[]>;
  /** The oldest waiting events of a destination, at most `limit`, in order. */
  next(destination: ServerName, limit: number): Promise<readonly { sequence: number; event: EventRecord }[]>;
  /** Removes everything up to and including a sequence number. Durable once resolved. */
  done(destination: ServerName, upTo: number): Promise<void>;
  /** How many events wait for a destination. */
  waiting(destination: ServerName): Promise<number>;
  /**
   * Keeps only the newest event of each room for a destination that has been away for long: it fetches what lies before
   * it by itself. Returns how many were left out.
   */
  thinOut(destination: ServerName): Promise<number>;
}

/** Local aliases and what is listed in the public directory. */
export interface DirectoryStore {
  roomOfAlias(alias: string): Promise<RoomId | undefined>;
  aliasesOf(roomId: RoomId): Promise<readonly string[]>;
  /** False where the alias belongs to another room. Durable once resolved. */
  putAlias(alias: string, roomId: RoomId): Promise<boolean>;
  /** All aliases of one room become another's. Durable once resolved. */
  moveAliases(from: RoomId, to: RoomId): Promise<void>;
  /** Frees all aliases of a room. Durable once resolved. */
  removeAliases(roomId: RoomId): Promise<void>;
  setPublic(roomId: RoomId, isPublic: boolean): Promise<void>;
  publicRooms(): Promise<readonly RoomId[]>;
}
