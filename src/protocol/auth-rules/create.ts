/** Rule 1: `m.room.create`. It depends on the event alone. */
import type { Pdu } from '../events.ts';
import { serverNameOfRoom } from '../ids/room-id.ts';
import { parseUserId, serverNameOf } from '../ids/user-id.ts';
import { isJsonArray, own, type JsonValue } from '../json.ts';
import { roomVersionRules } from '../room-versions.ts';
import { ruleNumbers } from './rule-numbers.ts';
import { ALLOWED, reject, type AuthVerdict } from './verdict.ts';

/** Steps 1.1–1.5 for a create event. */
export function checkCreate(pdu: Pdu): AuthVerdict {
  const rules = pdu.rules.auth;
  const rule = ruleNumbers(rules).create;
  // 1.1 If it has any prev_events, reject.
  if (pdu.prevEvents.length > 0) return reject(`${rule}.1`, 'a create event has no prev_events');
  if (rules.roomIdIsCreateHash) {
    // 1.2 (since v12) If the event has a room_id, reject.
    if (own(pdu.raw, 'room_id') !== undefined) return reject(`${rule}.2`, 'a create event has no room_id');
  } else if (serverNameOfRoom(pdu.roomId) !== serverNameOf(pdu.sender)) {
    // 1.2 (until v11) If the domain of the room_id does not match the domain of the sender, reject.
    return reject(`${rule}.2`, "the room id is not of the sender's server");
  }
  // 1.3 If content.room_version is present and is not a recognised version, reject.
  const version = own(pdu.content, 'room_version');
  if (version !== undefined && (typeof version !== 'string' || roomVersionRules(version) === undefined)) {
    return reject(`${rule}.3`, 'room_version is not a recognised version');
  }
  // 1.4 (until v10) If content has no creator property, reject.
  if (rules.creator === 'content' && own(pdu.content, 'creator') === undefined) {
    return reject(`${rule}.4`, 'content has no creator');
  }
  // 1.4 (since v12) If additional_creators is present and is not an array of valid user ids, reject.
  const additional = own(pdu.content, 'additional_creators');
  if (rules.privilegedCreators && additional !== undefined && !areUserIds(additional)) {
    return reject(`${rule}.4`, 'additional_creators is not a list of user ids');
  }
  // 1.5 Otherwise, allow.
  return ALLOWED;
}

function areUserIds(value: JsonValue): boolean {
  return isJsonArray(value) && value.every((item) => typeof item === 'string' && parseUserId(item) !== undefined);
}
