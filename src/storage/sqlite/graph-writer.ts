import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalText } from '../../protocol/canonical-json.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { EventStatus, EventToStore, NewEvent, RoomHeads, StateNode } from '../../rooms/graph/ports.ts';
import type { RoomRecord } from '../../rooms/ports.ts';
import { isPlaceless, refuseToReplace } from '../replaceable.ts';
import { integerOf, textOf } from './row.ts';

export interface EventRow {
  readonly event: NewEvent;
  /** Canonical JSON. */
  readonly text: string;
}

export function toEventRow(event: EventToStore): EventRow {
  return { event, text: event.text ?? canonicalText(event.raw) };
}

/** Writes parts of a change. All methods are synchronous and run inside a transaction of the caller. */
export class GraphWriter {
  readonly #addRoom: StatementSync;
  readonly #selectRoom: StatementSync;
  readonly #putRecord: StatementSync;
  readonly #selectKnown: StatementSync;
  readonly #selectKnownOf: StatementSync;
  readonly #remove: StatementSync;
  readonly #insert: StatementSync;
  readonly #moveInOutbox: StatementSync;
  readonly #count: StatementSync;
  readonly #addNode: StatementSync;
  readonly #putHeads: StatementSync;
  readonly #putRedaction: StatementSync;
  readonly #addDestination: StatementSync;
  readonly #addToOutbox: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#addRoom = connection.prepare('INSERT INTO rooms (room_id) VALUES (?) ON CONFLICT (room_id) DO NOTHING');
    this.#selectRoom = connection.prepare('SELECT room_key FROM rooms WHERE room_id = ?');
    this.#putRecord = connection.prepare('UPDATE rooms SET record = ? WHERE room_key = ?');
    this.#selectKnown = connection.prepare(
      'SELECT position, status, is_undecided FROM events WHERE event_id = ? AND room_key = ?',
    );
    this.#selectKnownOf = connection.prepare(
      'SELECT event_id FROM events WHERE room_key = ? AND event_id IN (SELECT value FROM json_each(?))',
    );
    this.#remove = connection.prepare('DELETE FROM events WHERE position = ?');
    this.#insert = connection.prepare(
      `INSERT INTO events (room_key, event_id, status, is_rejected, origin_server_ts, state_before, state_after,
         received_from, received_at, reason, event, is_undecided)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id, room_key) DO NOTHING`,
    );
    this.#moveInOutbox = connection.prepare('UPDATE outbox SET position = ? WHERE position = ?');
    this.#count = connection.prepare(
      'INSERT INTO event_counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET events = events + excluded.events',
    );
    this.#addNode = connection.prepare('INSERT INTO state_nodes (id, node) VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#putHeads = connection.prepare(
      `INSERT INTO room_heads VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET extremities = excluded.extremities, current_state = excluded.current_state`,
    );
    this.#putRedaction = connection.prepare(
      'INSERT INTO redactions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET redaction = excluded.redaction',
    );
    this.#addDestination = connection.prepare(
      `INSERT INTO destinations (server_name) VALUES (?)
       ON CONFLICT DO UPDATE SET server_name = excluded.server_name RETURNING destination_key`,
    );
    this.#addToOutbox = connection.prepare(
      `INSERT INTO outbox (destination_key, room_key, position)
       SELECT ?, room_key, position FROM events WHERE event_id = ? AND room_key = ?`,
    );
  }

  /** The key of a room, which becomes known by this. */
  roomKey(roomId: RoomId): number {
    this.#addRoom.run(roomId);
    return integerOf(this.#selectRoom.get(roomId) ?? {}, 'room_key');
  }

  putRecord(roomKey: number, record: RoomRecord): void {
    this.#putRecord.run(JSON.stringify(record), roomKey);
  }

  putEvents(roomKey: number, rows: readonly EventRow[]): void {
    // Asked for at once, as a failed attempt to insert would cost a position.
    const ids = JSON.stringify(rows.map(({ event }) => event.eventId));
    const known = new Set(this.#selectKnownOf.all(roomKey, ids).map((row) => textOf(row, 'event_id')));
    const counts = new Map<EventStatus, number>();
    const count = (status: EventStatus, by: number): void => void counts.set(status, (counts.get(status) ?? 0) + by);
    for (const row of rows) {
      const isNew = !known.has(row.event.eventId) && this.#insertEvent(roomKey, row) !== undefined;
      if (!isNew) count(this.#replaceEvent(roomKey, row), -1);
      count(row.event.status, 1);
    }
    for (const [status, change] of counts) this.#count.run(roomKey, status, change);
  }

  /** Returns the status that the event had. */
  #replaceEvent(roomKey: number, row: EventRow): EventStatus {
    const { eventId } = row.event;
    const known = this.#selectKnown.get(eventId, roomKey) ?? {};
    const status = textOf(known, 'status') as EventStatus;
    const isOpen = isPlaceless(status) || integerOf(known, 'is_undecided') === 1;
    if (!isOpen) refuseToReplace(eventId, status);
    const position = integerOf(known, 'position');
    this.#remove.run(position);
    this.#moveInOutbox.run(this.#insertEvent(roomKey, row) ?? position, position);
    return status;
  }

  /** Returns its position; `undefined` where the event is known. */
  #insertEvent(roomKey: number, { event, text }: EventRow): number | bigint | undefined {
    const { eventId, status, isRejected, originServerTs, stateBefore, stateAfter, receivedFrom, receivedAt } = event;
    const { changes, lastInsertRowid } = this.#insert.run(
      roomKey,
      eventId,
      status,
      isRejected ? 1 : 0,
      originServerTs,
      stateBefore ?? null,
      stateAfter === undefined || stateAfter === stateBefore ? null : stateAfter,
      receivedFrom,
      receivedAt,
      event.reason ?? null,
      text,
      event.isUndecided === true ? 1 : 0,
    );
    return Number(changes) === 0 ? undefined : lastInsertRowid;
  }

  /** Nodes that are known stay as they are: what an id stands for never changes. */
  addNodes(nodes: readonly StateNode[]): void {
    for (const { id, text } of nodes) this.#addNode.run(id, text);
  }

  putHeads(roomKey: number, { extremities, currentState }: RoomHeads): void {
    this.#putHeads.run(roomKey, JSON.stringify(extremities), currentState);
  }

  putRedactions(roomKey: number, redactions: ReadonlyMap<EventId, EventId>): void {
    for (const [target, redaction] of redactions) this.#putRedaction.run(roomKey, target, redaction);
  }

  addToOutbox(roomKey: number, eventIds: readonly EventId[], destinations: readonly ServerName[]): void {
    if (eventIds.length === 0) return;
    for (const destination of destinations) {
      const destinationKey = integerOf(this.#addDestination.get(destination) ?? {}, 'destination_key');
      for (const eventId of eventIds) {
        if (this.#addToOutbox.run(destinationKey, eventId, roomKey).changes !== 1) {
          throw new TypeError(`${eventId} is to be sent and is not known`);
        }
      }
    }
  }
}
