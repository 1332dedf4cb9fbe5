import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import {
  isJsonArray,
  isJsonObject,
  NumberToken,
  own,
  ownString,
  parseJson,
  type JsonObject,
  type JsonValue,
} from '../../protocol/json.ts';
import type { EventRecord, EventStatus, NewEvent, StateId } from '../../rooms/graph/ports.ts';
import { StorageError } from '../storage-error.ts';
import { integerOf, optionalTextOf, textOf, type Row } from './row.ts';

/** Rows that `toEventRecord` reads; a condition on `events` follows. */
export const SELECT_EVENTS = `
  SELECT events.*, rooms.room_id, redactions.redaction
  FROM events JOIN rooms USING (room_key)
  LEFT JOIN redactions ON redactions.room_key = events.room_key AND redactions.target = events.event_id`;

/** What this engine has stored is of the type that it was stored as; ids are not parsed again. */
export function toEventRecord(row: Row): EventRecord {
  const reason = optionalTextOf(row, 'reason');
  const before = optionalTextOf(row, 'state_before');
  const after = optionalTextOf(row, 'state_after') ?? before;
  const redaction = optionalTextOf(row, 'redaction');
  const raw = parseStored(textOf(row, 'event'));
  return {
    eventId: textOf(row, 'event_id') as EventId,
    raw,
    ...claims(raw),
    status: textOf(row, 'status') as EventStatus,
    isRejected: integerOf(row, 'is_rejected') === 1,
    ...(reason === undefined ? {} : { reason }),
    ...(integerOf(row, 'is_undecided') === 1 ? { isUndecided: true } : {}),
    ...(before === undefined ? {} : { stateBefore: before as StateId }),
    ...(after === undefined ? {} : { stateAfter: after as StateId }),
    receivedFrom: textOf(row, 'received_from') as ServerName,
    receivedAt: integerOf(row, 'received_at'),
    roomId: textOf(row, 'room_id') as RoomId,
    position: integerOf(row, 'position'),
    ...(redaction === undefined ? {} : { redactedBy: redaction as EventId }),
  };
}

function parseStored(text: string): JsonObject {
  const parsed = parseJson(text);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : damaged();
}

/** What an event says of itself. It was checked before it was stored. */
function claims(
  raw: JsonObject,
): Pick<NewEvent, 'type' | 'stateKey' | 'sender' | 'depth' | 'originServerTs' | 'prevEvents'> {
  const prevEvents = own(raw, 'prev_events');
  return {
    type: ownString(raw, 'type') ?? damaged(),
    stateKey: ownString(raw, 'state_key'),
    sender: ownString(raw, 'sender') ?? damaged(),
    depth: toNumber(own(raw, 'depth')),
    originServerTs: toNumber(own(raw, 'origin_server_ts')),
    prevEvents: isJsonArray(prevEvents) ? prevEvents.map(toReference) : damaged(),
  };
}

function toNumber(value: JsonValue | undefined): number {
  if (value instanceof NumberToken) return Number(value.text);
  return typeof value === 'number' ? value : damaged();
}

/** Room versions 1 and 2 cite events as pairs of id and hashes. */
function toReference(item: JsonValue): EventId {
  const eventId = isJsonArray(item) ? item[0] : item;
  return typeof eventId === 'string' ? (eventId as EventId) : damaged();
}

function damaged(): never {
  throw new StorageError('corrupt', 'The database holds an event that is none.');
}
