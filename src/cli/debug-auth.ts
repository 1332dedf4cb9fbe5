/** `gatehouse debug auth`: what the authorisation rules say about an event, given its auth events. */
import { checkAuth } from '../protocol/auth-rules/check-auth.ts';
import { reject, type AuthVerdict } from '../protocol/auth-rules/verdict.ts';
import type { Pdu, PduFailure } from '../protocol/events.ts';
import { isJsonArray, isJsonObject, own, ownObject, withKeys, type JsonObject } from '../protocol/json.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import { debugError, readDebugDocument, readDebugEvent } from './debug-documents.ts';

/** One `{"room_version","event","auth_events"}` in, the verdict out; never throws. */
export function debugAuthLine(line: string): string {
  const read = readDebugDocument(line);
  if (!read.ok) return debugError(read.error, read.detail);
  const raw = ownObject(read.document, 'event');
  const rawAuthEvents = own(read.document, 'auth_events');
  if (raw === undefined) return debugError('bad_json', 'event is no object');
  if (!isJsonArray(rawAuthEvents)) return debugError('bad_json', 'auth_events is no list');
  const authEvents: Pdu[] = [];
  for (const [index, item] of rawAuthEvents.entries()) {
    const parsed = isJsonObject(item) ? readDebugEvent(item, read.rules) : undefined;
    if (parsed?.ok !== true) {
      const detail = parsed?.reason.detail ?? 'it is no object';
      return debugError(parsed?.reason.type ?? 'bad_json', `auth event ${String(index)}: ${detail}`);
    }
    authEvents.push(parsed.pdu);
  }
  const checked = checkEvent(raw, read.rules, authEvents);
  return 'allowed' in checked ? JSON.stringify(checked) : debugError(checked.type, checked.detail);
}

function checkEvent(raw: JsonObject, rules: RoomVersionRules, authEvents: readonly Pdu[]): AuthVerdict | PduFailure {
  const parsed = readDebugEvent(raw, rules);
  if (parsed.ok) return checkAuth(parsed.pdu, authEvents);
  return checkCreateWithRoomId(raw, rules) ?? parsed.reason;
}

/** From version 12 on a create event with a `room_id` is no valid event to begin with, but the rules have a number for it. */
function checkCreateWithRoomId(raw: JsonObject, rules: RoomVersionRules): AuthVerdict | undefined {
  if (!rules.auth.roomIdIsCreateHash || own(raw, 'type') !== 'm.room.create') return undefined;
  const parsed = readDebugEvent(withKeys(raw, new Map([['room_id', undefined]])), rules);
  if (own(raw, 'room_id') === undefined || !parsed.ok) return undefined;
  return parsed.pdu.prevEvents.length > 0 ? checkAuth(parsed.pdu, []) : reject('1.2', 'a create event has no room_id');
}
