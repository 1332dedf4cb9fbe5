import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { integerOf, type Row } from './row.ts';

export interface StateRow {
  readonly type: string;
  readonly stateKey: string;
  readonly eventId: EventId;
  readonly depth: number;
  /** Canonical JSON. */
  readonly event: string;
}

/**
 * Sets of state events, each known by a number. A set that is not the state of a room is marked as loose, in the same
 * transaction that makes it so. All methods are synchronous and run inside a transaction of the caller.
 */
export class StateSets {
  #next: number;
  readonly #put: StatementSync;
  readonly #selectRow: StatementSync;
  readonly #selectRows: StatementSync;
  readonly #removeSome: StatementSync;
  readonly #markLoose: StatementSync;
  readonly #unmarkLoose: StatementSync;
  readonly #selectLoose: StatementSync;

  constructor(connection: DatabaseSync) {
    const highest = connection
      .prepare(
        `SELECT coalesce(max(state_set), 0) AS highest
         FROM (SELECT state_set FROM rooms UNION ALL SELECT state_set FROM loose_state_sets)`,
      )
      .get();
    this.#next = integerOf(highest ?? {}, 'highest') + 1;
    this.#put = connection.prepare(
      `INSERT INTO room_state (state_set, type, state_key, event_id, depth, event) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (state_set, type, state_key)
       DO UPDATE SET event_id = excluded.event_id, depth = excluded.depth, event = excluded.event`,
    );
    this.#selectRow = connection.prepare(
      'SELECT event_id, event FROM room_state WHERE state_set = ? AND type = ? AND state_key = ?',
    );
    this.#selectRows = connection.prepare('SELECT event_id, event FROM room_state WHERE state_set = ?');
    this.#removeSome = connection.prepare(
      `DELETE FROM room_state WHERE rowid IN
         (SELECT room_state.rowid FROM loose_state_sets JOIN room_state USING (state_set) WHERE state_set = ? LIMIT ?)`,
    );
    this.#markLoose = connection.prepare('INSERT INTO loose_state_sets VALUES (?) ON CONFLICT DO NOTHING');
    this.#unmarkLoose = connection.prepare('DELETE FROM loose_state_sets WHERE state_set = ?');
    this.#selectLoose = connection.prepare('SELECT state_set FROM loose_state_sets');
  }

  /** A number that no set has; numbers of transactions that failed stay unused. */
  allocate(): number {
    const set = this.#next;
    this.#next += 1;
    return set;
  }

  put(set: number, { type, stateKey, eventId, depth, event }: StateRow): void {
    this.#put.run(set, type, stateKey, eventId, depth, event);
  }

  row(set: number, type: string, stateKey: string): Row | undefined {
    return this.#selectRow.get(set, type, stateKey);
  }

  rows(set: number): readonly Row[] {
    return this.#selectRows.all(set);
  }

  /** Removes rows of a loose set; none of a set that is the state of a room. Returns how many were removed. */
  removeSome(set: number, limit: number): number {
    return Number(this.#removeSome.run(set, limit).changes);
  }

  markLoose(set: number): void {
    this.#markLoose.run(set);
  }

  unmarkLoose(set: number): void {
    this.#unmarkLoose.run(set);
  }

  loose(): readonly number[] {
    return this.#selectLoose.all().map((row) => integerOf(row, 'state_set'));
  }
}
