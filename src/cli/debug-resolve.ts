/** `gatehouse debug resolve`: the state that some states of a room resolve to. */
import type { Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import { isJsonArray, isJsonObject, own, type JsonObject, type JsonValue } from '../protocol/json.ts';
import { canonicalText } from '../protocol/canonical-json.ts';
import { resolveState } from '../protocol/state-resolution/resolve-state.ts';
import { StateMapBuilder, type StateMap } from '../protocol/state-resolution/state-map.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import { debugError, readDebugDocument, readDebugEvent } from './debug-documents.ts';

class BadDocument extends Error {}

/** One `{"room_version","events","state_sets"}` in, `{"state":{"type|state_key":"$id"}}` out; never throws. */
export function debugResolveLine(line: string): string {
  const read = readDebugDocument(line);
  if (!read.ok) return debugError(read.error, read.detail);
  try {
    const events = readEvents(read.document, read.rules);
    const states = list(read.document, 'state_sets').map((item, index) => readState(item, index, events));
    const resolved = resolveState(read.rules, states, (eventId) => events.get(eventId));
    return canonicalText({ state: describe(resolved) });
  } catch (error) {
    if (error instanceof BadDocument) return debugError('bad_json', error.message);
    throw error;
  }
}

function list(document: JsonObject, key: string): readonly JsonValue[] {
  const value = own(document, key);
  if (!isJsonArray(value)) throw new BadDocument(`${key} is no list`);
  return value;
}

function readEvents(document: JsonObject, rules: RoomVersionRules): ReadonlyMap<string, Pdu> {
  const events = new Map<string, Pdu>();
  for (const [index, item] of list(document, 'events').entries()) {
    const parsed = isJsonObject(item) ? readDebugEvent(item, rules) : undefined;
    if (parsed?.ok !== true) throw new BadDocument(`event ${String(index)}: ${parsed?.reason.detail ?? 'no object'}`);
    events.set(parsed.pdu.eventId, parsed.pdu);
  }
  return events;
}

function readState(item: JsonValue, index: number, events: ReadonlyMap<string, Pdu>): StateMap {
  if (!isJsonArray(item)) throw new BadDocument(`state set ${String(index)} is no list`);
  const state = new StateMapBuilder();
  for (const eventId of item) {
    const pdu = typeof eventId === 'string' ? events.get(eventId) : undefined;
    if (pdu?.stateKey === undefined) {
      throw new BadDocument(`state set ${String(index)} names something that is none of the state events`);
    }
    state.set(pdu.type, pdu.stateKey, pdu.eventId);
  }
  return state.map;
}

function describe(state: StateMap): JsonObject {
  const entries: [string, EventId][] = [];
  for (const [type, ofType] of state) {
    for (const [stateKey, eventId] of ofType) entries.push([`${type}|${stateKey}`, eventId]);
  }
  return Object.fromEntries(entries);
}
