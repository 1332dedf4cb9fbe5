import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { RoomRecord, RoomStore } from '../../rooms/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { CHUNK, reading } from './reading.ts';
import { integerOf, textOf } from './row.ts';

export class SqliteRoomStore implements RoomStore {
  readonly #group: GroupCommit;
  readonly #selectRooms: StatementSync;
  readonly #putRecord: StatementSync;
  readonly #addRoom: StatementSync;
  readonly #selectRoom: StatementSync;
  readonly #addKnownEvent: StatementSync;
  readonly #countNewEvents: StatementSync;
  readonly #selectKnownEvent: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#selectRooms = connection.prepare('SELECT record FROM rooms WHERE record IS NOT NULL ORDER BY room_key');
    this.#putRecord = connection.prepare(
      `INSERT INTO rooms (room_id, record) VALUES (?, ?)
       ON CONFLICT (room_id) DO UPDATE SET record = excluded.record`,
    );
    this.#addRoom = connection.prepare('INSERT INTO rooms (room_id) VALUES (?) ON CONFLICT (room_id) DO NOTHING');
    this.#selectRoom = connection.prepare('SELECT room_key, known_events FROM rooms WHERE room_id = ?');
    this.#addKnownEvent = connection.prepare('INSERT INTO known_events VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#countNewEvents = connection.prepare('UPDATE rooms SET known_events = known_events + ? WHERE room_key = ?');
    this.#selectKnownEvent = connection.prepare(
      `SELECT 1 FROM known_events WHERE event_id = ? AND room_key = (SELECT room_key FROM rooms WHERE room_id = ?)`,
    );
  }

  async rooms(): Promise<readonly RoomRecord[]> {
    const rows = reading(() => this.#selectRooms.all());
    return rows.map((row) => JSON.parse(textOf(row, 'record')) as RoomRecord);
  }

  async putRoom(record: RoomRecord): Promise<void> {
    await this.#group.run(() => this.#putRecord.run(record.roomId, JSON.stringify(record)));
  }

  async addKnownEvents(roomId: RoomId, eventIds: readonly EventId[]): Promise<void> {
    for (let i = 0; i < eventIds.length; i += CHUNK) {
      const chunk = eventIds.slice(i, i + CHUNK);
      await this.#group.run(
        () => {
          this.#addRoom.run(roomId);
          const roomKey = this.#roomKeyOf(roomId);
          let added = 0;
          for (const eventId of chunk) added += Number(this.#addKnownEvent.run(roomKey, eventId).changes);
          this.#countNewEvents.run(added, roomKey);
        },
        i + CHUNK < eventIds.length ? 'ahead' : 'durable',
      );
    }
  }

  async isKnownEvent(roomId: RoomId, eventId: EventId): Promise<boolean> {
    return reading(() => this.#selectKnownEvent.get(eventId, roomId)) !== undefined;
  }

  async countKnownEvents(roomId: RoomId): Promise<number> {
    const row = reading(() => this.#selectRoom.get(roomId));
    return row === undefined ? 0 : integerOf(row, 'known_events');
  }

  #roomKeyOf(roomId: RoomId): number {
    return integerOf(this.#selectRoom.get(roomId) ?? {}, 'room_key');
  }
}
