import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Lockdown, LockdownStore } from '../../policy/moderation/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import { ActionRows } from './action-log.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf, optionalTextOf, textOf, type Row } from './row.ts';

export class SqliteLockdownStore implements LockdownStore {
  readonly #group: GroupCommit;
  readonly #actions: ActionRows;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #end: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#actions = new ActionRows(connection);
    this.#insert = connection.prepare(
      `INSERT INTO lockdowns (scope, mode, who, interval_ms, message, begun_by, note, begun_at, until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#select = connection.prepare('SELECT * FROM lockdowns WHERE until > ? ORDER BY id');
    this.#end = connection.prepare('UPDATE lockdowns SET until = ?1 WHERE id = ?2 AND until > ?1');
  }

  async holding(after: number): Promise<readonly Lockdown[]> {
    return reading(() => this.#select.all(after)).map(toLockdown);
  }

  async add(
    lockdown: Omit<Lockdown, 'id'>,
    instead: readonly number[] = [],
    actionFor?: ActionFor<Lockdown>,
  ): Promise<Lockdown> {
    const { scope, mode, who, intervalMs, message, by, note, begunAt, until } = lockdown;
    return await this.#group.run(() => {
      const how = [scope, mode, who, intervalMs, message ?? null, by, note] as const;
      const { lastInsertRowid } = this.#insert.run(...how, begunAt, until);
      for (const id of instead) this.#end.run(begunAt, id);
      const added = { ...lockdown, id: Number(lastInsertRowid) };
      if (actionFor !== undefined) this.#actions.insert(actionFor(added));
      return added;
    });
  }

  async end(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean> {
    return await this.#group.run(() => {
      if (this.#end.run(at, id).changes === 0) return false;
      if (actionFor !== undefined) this.#actions.insert(actionFor(id));
      return true;
    });
  }
}

function toLockdown(row: Row): Lockdown {
  return {
    id: integerOf(row, 'id'),
    scope: textOf(row, 'scope'),
    mode: textOf(row, 'mode') === 'slow' ? 'slow' : 'lockdown',
    who: textOf(row, 'who') === 'newcomers' ? 'newcomers' : 'everyone',
    intervalMs: integerOf(row, 'interval_ms'),
    message: optionalTextOf(row, 'message'),
    by: textOf(row, 'begun_by'),
    note: textOf(row, 'note'),
    begunAt: integerOf(row, 'begun_at'),
    until: integerOf(row, 'until'),
  };
}
