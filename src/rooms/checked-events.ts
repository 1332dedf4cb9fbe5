/** Events from other servers, checked one by one before anything is believed of them (checks 1–3 on receipt of a PDU). */
import { setImmediate } from 'node:timers/promises';
import { parsePdu, parseReceivedPdu, type Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import { isJsonObject, type JsonValue } from '../protocol/json.ts';
import { redact } from '../protocol/redaction.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import type { EventVerifier } from './ports.ts';

export type CheckedEvent =
  | { ok: true; pdu: Pdu }
  | { ok: false; pdu: Pdu | undefined; type: 'malformed' | 'signature' | 'keysUnavailable'; detail: string };

/** Events parsed between two breaths of the event loop: a few milliseconds. */
const PARSED_AT_ONCE = 200;

/**
 * Checks many events at once, in their order: shape (1), signatures (2), content hash (3). An event whose content does
 * not match its hash is replaced by its redacted form. Signatures of `alreadyVerified` events are not looked at again.
 */
export async function checkEvents(
  raws: readonly JsonValue[],
  rules: RoomVersionRules,
  verifier: EventVerifier,
  options: { timeoutMs: number; alreadyVerified?: ReadonlySet<EventId> },
): Promise<readonly CheckedEvent[]> {
  const parsed: CheckedEvent[] = [];
  for (const [index, raw] of raws.entries()) {
    if (index % PARSED_AT_ONCE === PARSED_AT_ONCE - 1) await setImmediate();
    parsed.push(parseAndHash(raw, rules));
  }
  const skipped = options.alreadyVerified ?? new Set();
  const pdus = parsed.flatMap((event) => (event.ok && !skipped.has(event.pdu.eventId) ? [event.pdu] : []));
  const verified = await verifier.verifyAll(pdus, options);
  let next = 0;
  return parsed.map((event) => {
    if (!event.ok || skipped.has(event.pdu.eventId)) return event;
    const verification = verified[next];
    next += 1;
    if (verification === undefined || verification.ok) return event;
    return { ok: false, pdu: event.pdu, type: verification.reason.type, detail: verification.reason.detail };
  });
}

function parseAndHash(raw: JsonValue, rules: RoomVersionRules): CheckedEvent {
  if (!isJsonObject(raw)) return { ok: false, pdu: undefined, type: 'malformed', detail: 'no JSON object' };
  const parsed = parseReceivedPdu(raw, rules);
  if (!parsed.ok) return { ok: false, pdu: undefined, type: 'malformed', detail: parsed.reason.detail };
  if (parsed.contentHash === 'match') return { ok: true, pdu: parsed.pdu };
  const redacted = parsePdu(redact(raw, rules.redaction), rules);
  if (redacted.ok) return redacted;
  return { ok: false, pdu: parsed.pdu, type: 'malformed', detail: redacted.reason.detail };
}
