/** What `rooms/` needs from outside: storage, other servers, their keys. */
import type { Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject } from '../protocol/json.ts';

/** A room that the bot is in, is getting into, or has been in. */
export interface RoomRecord {
  readonly roomId: RoomId;
  readonly roomVersion: string;
  /** `joining`: our join is on its way and others may already ask about it. `left` rooms are kept to sign our leave. */
  readonly membership: 'joining' | 'joined' | 'left';
  /** Why the bot is out of the room, in a sentence; absent while it is in. */
  readonly leftBecause?: string;
  /** Servers through which the room was reached, the first to be asked again first. */
  readonly via: readonly ServerName[];
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Events whose past has not been fetched yet: where going back through the room's history goes on. */
  readonly historyFrontier: readonly EventId[];
  /** Our joins through other servers, the latest first: all that was state before one of them is of the room's past. */
  readonly joins?: readonly EventId[];
}

/** Which rooms there are, and the ids of events known to be in their history. */
export interface RoomStore {
  rooms(): Promise<readonly RoomRecord[]>;
  /** Creates or replaces the record. Durable once resolved. */
  putRoom(record: RoomRecord): Promise<void>;
  /** Remembers events that belong to the room's past. Known ones may be given again. Durable once resolved. */
  addKnownEvents(roomId: RoomId, eventIds: readonly EventId[]): Promise<void>;
  isKnownEvent(roomId: RoomId, eventId: EventId): Promise<boolean>;
  /** How many events `addKnownEvents` has recorded for the room. */
  countKnownEvents(roomId: RoomId): Promise<number>;
}

/** A signed request to another server. Failures of the network throw; answers of the server, whatever their status, do not. */
export interface FederationClient {
  request(options: FederationRequest): Promise<FederationResponse>;
}

export interface FederationRequest {
  readonly destination: ServerName;
  readonly method: 'GET' | 'PUT' | 'POST';
  /** From `/_matrix` on, percent-encoded, with its query. */
  readonly uri: string;
  readonly body?: JsonObject;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  /** Largest body of an answer in bytes. */
  readonly maxResponseBytes: number;
  /** Asks although the destination is backed off from: for what a person is waiting for. */
  readonly ignoreBackOff?: boolean;
  readonly signal?: AbortSignal;
}

export interface FederationResponse {
  readonly status: number;
  /** `undefined` where the body was no JSON object. */
  readonly body: JsonObject | undefined;
}

export type EventVerification =
  | { ok: true }
  /** The event is not signed as it must be. */
  | { ok: false; reason: { type: 'signature'; detail: string } }
  /** Not known, because keys could not be had: may succeed later. */
  | { ok: false; reason: { type: 'keysUnavailable'; detail: string } };

/** Checks 2 on receipt of a PDU, for many events at once; keys are fetched as needed. */
export interface EventVerifier {
  /** Answers in the order of the events. Never rejects because of what an event holds. */
  verifyAll(pdus: readonly Pdu[], options: { timeoutMs: number }): Promise<readonly EventVerification[]>;
}
