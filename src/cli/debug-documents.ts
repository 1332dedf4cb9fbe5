/** What the debug commands about rules read: a document that names a room version, and events as they stand in it. */
import { parsePdu, type PduFailure, type PduResult } from '../protocol/events.ts';
import { parseEventId } from '../protocol/ids/event-id.ts';
import { isJsonObject, own, ownString, parseJson, withKeys, type JsonObject } from '../protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../protocol/room-versions.ts';

export type DebugDocument =
  | { ok: true; document: JsonObject; rules: RoomVersionRules }
  | { ok: false; error: PduFailure['type'] | 'unsupported_room_version'; detail: string };

/** Parses one line and looks up its `room_version`. */
export function readDebugDocument(line: string): DebugDocument {
  const parsed = parseJson(line);
  if (!parsed.ok) return { ok: false, error: 'bad_json', detail: parsed.detail };
  if (!isJsonObject(parsed.value)) return { ok: false, error: 'bad_json', detail: 'the document is no object' };
  const version = ownString(parsed.value, 'room_version');
  if (version === undefined) return { ok: false, error: 'bad_json', detail: 'room_version is no string' };
  const rules = roomVersionRules(version);
  if (rules === undefined) {
    const detail = `room version ${version.slice(0, 40)} is not known`;
    return { ok: false, error: 'unsupported_room_version', detail };
  }
  return { ok: true, document: parsed.value, rules };
}

/**
 * An event that is known by its `event_id` where it has one: in room versions 3 and later the id is no part of the
 * event, and is taken out.
 */
export function readDebugEvent(raw: JsonObject, rules: RoomVersionRules): PduResult {
  const given = own(raw, 'event_id');
  if (given === undefined) return parsePdu(raw, rules);
  const eventId = typeof given === 'string' ? parseEventId(given) : undefined;
  if (eventId === undefined) return { ok: false, reason: { type: 'bad_json', detail: 'event_id is no event id' } };
  const isPart = rules.eventIdFormat === 'opaque';
  return parsePdu(isPart ? raw : withKeys(raw, new Map([['event_id', undefined]])), rules, eventId);
}

/** The answer to a line that cannot be dealt with. */
export function debugError(error: string, detail: string): string {
  return JSON.stringify({ error, detail });
}
