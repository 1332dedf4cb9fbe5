import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { DirectoryStore } from '../../rooms/graph/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { textOf, type Row } from './row.ts';

export class SqliteDirectoryStore implements DirectoryStore {
  readonly #group: GroupCommit;
  readonly #selectRoom: StatementSync;
  readonly #selectAliases: StatementSync;
  readonly #selectPublic: StatementSync;
  readonly #addRoom: StatementSync;
  readonly #addAlias: StatementSync;
  readonly #moveAliases: StatementSync;
  readonly #removeAliases: StatementSync;
  readonly #addPublic: StatementSync;
  readonly #removePublic: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    const roomKey = '(SELECT room_key FROM rooms WHERE room_id = ?)';
    this.#selectRoom = connection.prepare('SELECT room_id FROM aliases JOIN rooms USING (room_key) WHERE alias = ?');
    this.#selectAliases = connection.prepare(
      `SELECT alias FROM aliases WHERE room_key = ${roomKey} ORDER BY alias_key`,
    );
    this.#selectPublic = connection.prepare(
      'SELECT room_id FROM public_rooms JOIN rooms USING (room_key) ORDER BY room_key',
    );
    this.#addRoom = connection.prepare('INSERT INTO rooms (room_id) VALUES (?) ON CONFLICT (room_id) DO NOTHING');
    this.#addAlias = connection.prepare(
      `INSERT INTO aliases (alias, room_key) VALUES (?, ${roomKey}) ON CONFLICT (alias) DO NOTHING`,
    );
    this.#moveAliases = connection.prepare(`UPDATE aliases SET room_key = ${roomKey} WHERE room_key = ${roomKey}`);
    this.#removeAliases = connection.prepare(`DELETE FROM aliases WHERE room_key = ${roomKey}`);
    this.#addPublic = connection.prepare(`INSERT INTO public_rooms VALUES (${roomKey}) ON CONFLICT DO NOTHING`);
    this.#removePublic = connection.prepare(`DELETE FROM public_rooms WHERE room_key = ${roomKey}`);
  }

  async roomOfAlias(alias: string): Promise<RoomId | undefined> {
    const row = reading(() => this.#selectRoom.get(alias));
    return row === undefined ? undefined : roomIdOf(row);
  }

  async aliasesOf(roomId: RoomId): Promise<readonly string[]> {
    return reading(() => this.#selectAliases.all(roomId)).map((row) => textOf(row, 'alias'));
  }

  async putAlias(alias: string, roomId: RoomId): Promise<boolean> {
    return await this.#group.run(() => {
      this.#addRoom.run(roomId);
      this.#addAlias.run(alias, roomId);
      return roomIdOf(this.#selectRoom.get(alias) ?? {}) === roomId;
    });
  }

  async moveAliases(from: RoomId, to: RoomId): Promise<void> {
    await this.#group.run(() => {
      this.#addRoom.run(to);
      this.#moveAliases.run(to, from);
    });
  }

  async removeAliases(roomId: RoomId): Promise<void> {
    await this.#group.run(() => this.#removeAliases.run(roomId));
  }

  async setPublic(roomId: RoomId, isPublic: boolean): Promise<void> {
    await this.#group.run(() => {
      if (isPublic) this.#addRoom.run(roomId);
      (isPublic ? this.#addPublic : this.#removePublic).run(roomId);
    });
  }

  async publicRooms(): Promise<readonly RoomId[]> {
    return reading(() => this.#selectPublic.all()).map(roomIdOf);
  }
}

function roomIdOf(row: Row): RoomId {
  return textOf(row, 'room_id') as RoomId;
}
