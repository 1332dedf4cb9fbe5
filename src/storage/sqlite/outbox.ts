import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { EventRecord, OutboxStore } from '../../rooms/graph/ports.ts';
import { SELECT_EVENTS, toEventRecord } from './event-rows.ts';
import type { GroupCommit } from './group-commit.ts';
import { readEach, reading } from './reading.ts';
import { integerOf, textOf } from './row.ts';

/** How many rows are looked at in one write. */
const THINNING_CHUNK = 2_000;

export class SqliteOutboxStore implements OutboxStore {
  readonly #group: GroupCommit;
  readonly #selectDestinations: StatementSync;
  readonly #selectDestination: StatementSync;
  readonly #selectNext: StatementSync;
  readonly #selectEvent: StatementSync;
  readonly #removeUpTo: StatementSync;
  readonly #count: StatementSync;
  readonly #selectNewest: StatementSync;
  readonly #selectSome: StatementSync;
  readonly #removeOne: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#selectDestinations = connection.prepare(
      `SELECT server_name FROM destinations
       WHERE EXISTS (SELECT 1 FROM outbox WHERE outbox.destination_key = destinations.destination_key)
       ORDER BY destination_key`,
    );
    this.#selectDestination = connection.prepare('SELECT destination_key FROM destinations WHERE server_name = ?');
    this.#selectNext = connection.prepare(
      'SELECT sequence, position FROM outbox WHERE destination_key = ? ORDER BY sequence LIMIT ?',
    );
    this.#selectEvent = connection.prepare(`${SELECT_EVENTS} WHERE position = ?`);
    this.#removeUpTo = connection.prepare('DELETE FROM outbox WHERE destination_key = ? AND sequence <= ?');
    this.#count = connection.prepare('SELECT count(*) AS waiting FROM outbox WHERE destination_key = ?');
    this.#selectNewest = connection.prepare(
      'SELECT max(sequence) AS sequence FROM outbox WHERE destination_key = ? GROUP BY room_key',
    );
    this.#selectSome = connection.prepare(
      `SELECT sequence FROM outbox WHERE destination_key = ? AND sequence > ? AND sequence < ?
       ORDER BY sequence LIMIT ${THINNING_CHUNK}`,
    );
    this.#removeOne = connection.prepare('DELETE FROM outbox WHERE sequence = ?');
  }

  async destinations(): Promise<readonly ServerName[]> {
    const rows = reading(() => this.#selectDestinations.all());
    return rows.map((row) => textOf(row, 'server_name') as ServerName);
  }

  async next(destination: ServerName, limit: number): Promise<readonly { sequence: number; event: EventRecord }[]> {
    const key = this.#keyOf(destination);
    if (key === undefined) return [];
    return await readEach(
      reading(() => this.#selectNext.all(key, limit)),
      (row) => {
        const event = toEventRecord(this.#selectEvent.get(integerOf(row, 'position')) ?? {});
        return { sequence: integerOf(row, 'sequence'), event };
      },
    );
  }

  async done(destination: ServerName, upTo: number): Promise<void> {
    const key = this.#keyOf(destination);
    if (key === undefined) return;
    await this.#group.run(() => this.#removeUpTo.run(key, upTo));
  }

  async waiting(destination: ServerName): Promise<number> {
    const key = this.#keyOf(destination);
    return key === undefined ? 0 : integerOf(reading(() => this.#count.get(key)) ?? {}, 'waiting');
  }

  /** What is added meanwhile stays. */
  async thinOut(destination: ServerName): Promise<number> {
    const key = this.#keyOf(destination);
    if (key === undefined) return 0;
    const newest = new Set(reading(() => this.#selectNewest.all(key)).map((row) => integerOf(row, 'sequence')));
    const end = Math.max(0, ...newest);
    let removed = 0;
    for (let after = 0; ;) {
      const from = after;
      const some = reading(() => this.#selectSome.all(key, from, end)).map((row) => integerOf(row, 'sequence'));
      const last = some.at(-1);
      if (last === undefined) return removed;
      removed += await this.#remove(some.filter((sequence) => !newest.has(sequence)));
      after = last;
    }
  }

  async #remove(sequences: readonly number[]): Promise<number> {
    if (sequences.length === 0) return 0;
    return await this.#group.run(() => {
      let removed = 0;
      for (const sequence of sequences) removed += Number(this.#removeOne.run(sequence).changes);
      return removed;
    });
  }

  #keyOf(destination: ServerName): number | undefined {
    const row = reading(() => this.#selectDestination.get(destination));
    return row === undefined ? undefined : integerOf(row, 'destination_key');
  }
}
