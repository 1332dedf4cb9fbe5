/** What a transaction is known by, and what its answer says. */
import { hash } from 'node:crypto';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { isJsonObject, ownObject, ownString, own, type JsonObject } from '../protocol/json.ts';
import type { WaitingEvent } from './outbox.ts';
import type { FederationLog } from './ports.ts';

/** Enough of a transaction to send it again as it was, without holding its events. */
export interface Transaction {
  readonly id: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;
const MAX_LOGGED = 50;

/** The id follows from what is sent: equal ids have equal content. */
export function transactionOf(batch: readonly WaitingEvent[], now: number): Transaction {
  return { id: `${String(now)}-${fingerprint(batch)}`, size: batch.length, startedAt: now };
}

export function isSameBatch(transaction: Transaction, batch: readonly WaitingEvent[]): boolean {
  return transaction.id === `${String(transaction.startedAt)}-${fingerprint(batch)}`;
}

function fingerprint(batch: readonly WaitingEvent[]): string {
  const names = batch.map(({ sequence, event }) => `${String(sequence)} ${event.eventId}`);
  return hash('sha256', names.join('\n'), 'base64url').slice(0, 22);
}

/** `retry_after_ms` of a 429, bounded. */
export function retryAfterMs(answer: { readonly status: number; readonly body: JsonObject | undefined }): number {
  const value = answer.status === 429 && answer.body !== undefined ? own(answer.body, 'retry_after_ms') : undefined;
  return typeof value === 'number' ? Math.min(Math.max(0, value), MAX_RETRY_AFTER_MS) : 0;
}

/** Events that the other server did not take: it has answered for good, so nothing but the log knows. */
export function logRefusals(log: FederationLog, destination: ServerName, body: JsonObject | undefined): void {
  const results = body === undefined ? undefined : ownObject(body, 'pdus');
  for (const [eventId, result] of Object.entries(results ?? {}).slice(0, MAX_LOGGED)) {
    const error = isJsonObject(result) ? ownString(result, 'error') : undefined;
    if (error === undefined) continue;
    log.debug({ destination, event_id: eventId.slice(0, 255), error: error.slice(0, 200) }, 'an event was not taken');
  }
}
