/** What the send queue needs of storage: the events that wait for each destination. */
import type { EventId } from '../protocol/ids/event-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject } from '../protocol/json.ts';

export interface WaitingEvent {
  /** Grows with every event that is put in for a destination. */
  readonly sequence: number;
  readonly event: { readonly eventId: EventId; readonly raw: JsonObject };
}

/** Events that wait to be sent, per destination, in order; they survive restarts. */
export interface Outbox {
  /** Destinations for which something waits. */
  destinations(): Promise<readonly ServerName[]>;
  /** The oldest waiting events of a destination, at most `limit`, in order. */
  next(destination: ServerName, limit: number): Promise<readonly WaitingEvent[]>;
  /** Removes everything up to and including a sequence number. Durable once resolved. */
  done(destination: ServerName, upTo: number): Promise<void>;
  /** How many events wait for a destination. */
  waiting(destination: ServerName): Promise<number>;
  /** Keeps only the newest event of each room. Returns how many were left out. */
  thinOut(destination: ServerName): Promise<number>;
}
