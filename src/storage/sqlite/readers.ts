import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReaderStore } from '../../rooms/graph/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf } from './row.ts';

export class SqliteReaderStore implements ReaderStore {
  readonly #group: GroupCommit;
  readonly #select: StatementSync;
  readonly #put: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#select = connection.prepare('SELECT position FROM readers WHERE name = ?');
    this.#put = connection.prepare(
      'INSERT INTO readers VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
    );
  }

  async position(reader: string): Promise<number> {
    const row = reading(() => this.#select.get(reader));
    return row === undefined ? 0 : integerOf(row, 'position');
  }

  async setPosition(reader: string, position: number): Promise<void> {
    await this.#group.run(() => this.#put.run(reader, position));
  }
}
