/** `gatehouse debug event`: what an event's id, hash and redacted form are in a room version. */
import { canonicalText } from '../protocol/canonical-json.ts';
import { parsePdu, type PduFailure } from '../protocol/events.ts';
import { checkContentHash } from '../protocol/hashes.ts';
import { ownObject, ownString, isJsonObject, parseJson } from '../protocol/json.ts';
import { redact } from '../protocol/redaction.ts';
import { roomVersionRules } from '../protocol/room-versions.ts';

/** One `{"room_version","event"}` in, one JSON line out; never throws. */
export function debugEventLine(line: string): string {
  const parsed = parseJson(line);
  if (!parsed.ok) return failure('bad_json', parsed.detail);
  if (!isJsonObject(parsed.value)) return failure('bad_json', 'the document is no object');
  const version = ownString(parsed.value, 'room_version');
  if (version === undefined) return failure('bad_json', 'room_version is no string');
  const rules = roomVersionRules(version);
  if (rules === undefined) {
    return failure('unsupported_room_version', `room version ${version.slice(0, 40)} is not known`);
  }
  const event = ownObject(parsed.value, 'event');
  if (event === undefined) return failure('bad_json', 'event is no object');
  const result = parsePdu(event, rules);
  if (!result.ok) return failure(result.reason.type, result.reason.detail);
  const { pdu } = result;
  return canonicalText({
    event_id: pdu.eventId,
    content_hash: checkContentHash(pdu.raw),
    redacted: redact(pdu.raw, rules.redaction),
    canonical_size: pdu.canonicalBytes,
  });
}

function failure(error: PduFailure['type'] | 'unsupported_room_version', detail: string): string {
  return JSON.stringify({ error, detail });
}
