/** Judged events as they were stored: their hashes were checked before, and are believed. */
import { parsePdu, restorePdu, type Pdu } from '../../protocol/events.ts';
import { isJsonObject, parseJson } from '../../protocol/json.ts';
import { roomVersionRules } from '../../protocol/room-versions.ts';
import type { Verdict } from '../verdict.ts';

/** What canonical JSON writes as 0: such events are read as they were when they came. */
const NEGATIVE_ZERO = /[:,[]-0[,}\]]/;

/** `undefined` where the text is no event of that room version. */
export function storedPdu(
  text: string,
  { eventId, roomVersion }: Pick<Verdict, 'eventId' | 'roomVersion'>,
): Pdu | undefined {
  const rules = roomVersionRules(roomVersion);
  if (rules === undefined) return undefined;
  const json = parseJson(text);
  if (!json.ok || !isJsonObject(json.value)) return undefined;
  const parsed = NEGATIVE_ZERO.test(text)
    ? parsePdu(json.value, rules, eventId)
    : restorePdu(json.value, rules, eventId, text);
  return parsed.ok ? parsed.pdu : undefined;
}
