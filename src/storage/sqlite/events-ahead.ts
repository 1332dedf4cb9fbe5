import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { EventAhead, GraphChange, RedactionAhead } from '../../rooms/graph/ports.ts';
import { readEach, reading } from './reading.ts';
import { integerOf, textOf } from './row.ts';

/** Stands for all servers. */
const ANY_SERVER = '';

/** What is known of events before they come. Most rooms never have any of it. */
export class EventsAhead {
  readonly #addRedaction: StatementSync;
  readonly #addCited: StatementSync;
  readonly #selectRoom: StatementSync;
  readonly #selectRedactions: StatementSync;
  readonly #selectCited: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#addRedaction = connection.prepare('INSERT INTO redactions_ahead VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#addCited = connection.prepare('INSERT INTO cited_ahead VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#selectRoom = connection.prepare(
      `SELECT room_key,
         EXISTS (SELECT 1 FROM redactions_ahead AS ahead WHERE ahead.room_key = rooms.room_key) AS redactions,
         EXISTS (SELECT 1 FROM cited_ahead AS ahead WHERE ahead.room_key = rooms.room_key) AS cited
       FROM rooms WHERE room_id = ?`,
    );
    this.#selectRedactions = connection.prepare('SELECT * FROM redactions_ahead WHERE room_key = ? AND target = ?');
    this.#selectCited = connection.prepare('SELECT 1 FROM cited_ahead WHERE room_key = ? AND event_id = ?');
  }

  /** Inside a transaction of the caller. */
  put(roomKey: number, { redactionsAhead = [], citedAhead = [] }: GraphChange): void {
    for (const { target, of, redaction } of redactionsAhead) {
      this.#addRedaction.run(roomKey, target, of ?? ANY_SERVER, redaction);
    }
    for (const eventId of citedAhead) this.#addCited.run(roomKey, eventId);
  }

  async find(roomId: RoomId, eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, EventAhead>> {
    const room = reading(() => this.#selectRoom.get(roomId));
    if (room === undefined) return new Map();
    const hasRedactions = integerOf(room, 'redactions') === 1;
    const hasCited = integerOf(room, 'cited') === 1;
    if (!hasRedactions && !hasCited) return new Map();
    const roomKey = integerOf(room, 'room_key');
    const found = await readEach(eventIds, (eventId): [EventId, EventAhead][] => {
      const redactions = hasRedactions ? this.#redactionsOf(roomKey, eventId) : [];
      const isCited = hasCited && this.#selectCited.get(roomKey, eventId) !== undefined;
      return isCited || redactions.length > 0 ? [[eventId, { isCited, redactions }]] : [];
    });
    return new Map(found.flat());
  }

  #redactionsOf(roomKey: number, target: EventId): RedactionAhead[] {
    return this.#selectRedactions.all(roomKey, target).map((row) => {
      const server = textOf(row, 'server');
      const redaction = textOf(row, 'redaction') as EventId;
      return { target, redaction, of: server === ANY_SERVER ? undefined : (server as ServerName) };
    });
  }
}
