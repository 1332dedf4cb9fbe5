/** The envelope that every event has, checked for type, grammar and size (server-server API, "PDUs", "Size limits"). */
import { parseEventId, type EventId } from './ids/event-id.ts';
import { parseRoomIdAs, type RoomId } from './ids/room-id.ts';
import { MAX_ID_BYTES } from './ids/sigil-id.ts';
import { parseUserId, type UserId } from './ids/user-id.ts';
import { isJsonArray, isJsonObject, NumberToken, own, ownString, type JsonObject, type JsonValue } from './json.ts';
import type { RoomVersionRules } from './room-versions.ts';

/** The fields that Gatehouse reads of every event, with their types certain. */
export interface EventFields {
  readonly type: string;
  readonly sender: UserId;
  /** Present on state events alone. */
  readonly stateKey: string | undefined;
  readonly content: JsonObject;
  /** Claimed by the sender, not to be trusted. In room versions 1–5 rounded above 2^53. */
  readonly depth: number;
  /** Milliseconds; claimed by the sender, not to be trusted. */
  readonly originServerTs: number;
  readonly prevEvents: readonly EventId[];
  readonly authEvents: readonly EventId[];
}

/** `roomId` is absent on version 12 create events; a failure names the first field that is wrong. */
export type EventFieldsResult =
  | { ok: true; fields: EventFields & { roomId: RoomId | undefined } }
  | { ok: false; reason: { type: 'bad_json' | 'too_large'; detail: string } };

const MAX_PREV_EVENTS = 20;
const MAX_AUTH_EVENTS = 10;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;

class BadField extends Error {
  readonly type: 'bad_json' | 'too_large';
  constructor(type: 'bad_json' | 'too_large', detail: string) {
    super(detail);
    this.type = type;
  }
}

/** `roomId` is `undefined` for create events of rooms whose id is that event's hash (version 12 on). */
export function checkEventFields(raw: JsonObject, rules: RoomVersionRules): EventFieldsResult {
  try {
    const type = shortString(raw, 'type');
    const stateKey = own(raw, 'state_key') === undefined ? undefined : shortString(raw, 'state_key');
    const sender = parseUserId(shortString(raw, 'sender'));
    if (sender === undefined) throw new BadField('bad_json', 'sender is no user id');
    const roomId = checkRoomId(raw, rules, type, stateKey);
    const content = own(raw, 'content');
    if (!isJsonObject(content)) throw new BadField('bad_json', 'content is no object');
    checkHashesAndSignatures(raw);
    const depth = checkDepth(raw, rules);
    const originServerTs = integer(raw, 'origin_server_ts');
    const prevEvents = references(raw, 'prev_events', MAX_PREV_EVENTS, rules);
    const authEvents = references(raw, 'auth_events', MAX_AUTH_EVENTS, rules);
    return {
      ok: true,
      fields: { type, stateKey, sender, roomId, content, depth, originServerTs, prevEvents, authEvents },
    };
  } catch (error) {
    if (error instanceof BadField) return { ok: false, reason: { type: error.type, detail: error.message } };
    throw error;
  }
}

function checkRoomId(
  raw: JsonObject,
  rules: RoomVersionRules,
  type: string,
  stateKey: string | undefined,
): RoomId | undefined {
  if (rules.roomIdFormat === 'create-event-hash' && type === 'm.room.create') {
    // @NOTE Synapse refuses these while parsing; the text rejects the first by auth rule 1.2 of version 12.
    if (own(raw, 'room_id') !== undefined) {
      throw new BadField('bad_json', 'room_id does not belong into this create event');
    }
    if (stateKey !== '') throw new BadField('bad_json', 'a create event has an empty state_key');
    return undefined;
  }
  const roomId = parseRoomIdAs(shortString(raw, 'room_id'), rules.roomIdFormat);
  if (roomId === undefined) throw new BadField('bad_json', 'room_id is no room id of this room version');
  return roomId;
}

function shortString(raw: JsonObject, key: string): string {
  const value = ownString(raw, key);
  if (value === undefined) {
    throw new BadField('bad_json', own(raw, key) === undefined ? `${key} is missing` : `${key} is no string`);
  }
  if (Buffer.byteLength(value) > MAX_ID_BYTES) throw new BadField('too_large', `${key} is longer than 255 bytes`);
  return value;
}

/**
 * @NOTE as in Synapse, `signatures` may be missing, and all that is inside these two must be strings, also under
 * algorithms and servers that nobody asks for. Missing `hashes` is for the check of the content hash to tell.
 */
function checkHashesAndSignatures(raw: JsonObject): void {
  checkStrings(object(raw, 'hashes'), 'hashes');
  for (const ofServer of Object.values(object(raw, 'signatures') ?? {})) {
    if (!isJsonObject(ofServer)) throw new BadField('bad_json', 'signatures holds something that is no object');
    checkStrings(ofServer, 'signatures');
  }
  object(raw, 'unsigned');
}

function checkStrings(values: JsonObject | undefined, key: string): void {
  if (values === undefined) return;
  for (const value of Object.values(values)) {
    if (typeof value !== 'string') throw new BadField('bad_json', `${key} holds something that is no string`);
  }
}

function object(raw: JsonObject, key: string): JsonObject | undefined {
  const value = own(raw, key);
  if (value === undefined || isJsonObject(value)) return value;
  throw new BadField('bad_json', `${key} is no object`);
}

function checkDepth(raw: JsonObject, rules: RoomVersionRules): number {
  const depth = integer(raw, 'depth');
  const token = own(raw, 'depth');
  const exact = token instanceof NumberToken ? BigInt(token.text) : BigInt(depth);
  if (exact < 0n || exact > rules.maxDepth) throw new BadField('bad_json', 'depth is out of range');
  return depth;
}

function integer(raw: JsonObject, key: string): number {
  const value = own(raw, key);
  if (typeof value === 'number') return value;
  if (value instanceof NumberToken && INTEGER.test(value.text)) return Number(value.text);
  throw new BadField('bad_json', value === undefined ? `${key} is missing` : `${key} is no integer`);
}

function references(raw: JsonObject, key: string, most: number, rules: RoomVersionRules): readonly EventId[] {
  const list = own(raw, key);
  if (!isJsonArray(list)) {
    throw new BadField('bad_json', list === undefined ? `${key} is missing` : `${key} is no list`);
  }
  if (list.length > most) throw new BadField('bad_json', `${key} has more than ${String(most)} entries`);
  return list.map((item) => {
    const text = rules.eventReferences === 'pairs' ? referencedId(item) : item;
    const eventId = typeof text === 'string' ? parseEventId(text) : undefined;
    if (eventId === undefined) throw new BadField('bad_json', `${key} holds something that is no event reference`);
    return eventId;
  });
}

function referencedId(item: JsonValue): JsonValue | undefined {
  return isJsonArray(item) && item.length === 2 && isJsonObject(item[1]) ? item[0] : undefined;
}
