import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ActionLogStore } from '../../policy/moderation/ports.ts';
import type { ActionEntry, NewAction } from '../../policy/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf, optionalTextOf, textOf, type Row } from './row.ts';

/** For stores that enter what they do in the write that does it. */
export class ActionRows {
  readonly #insert: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#insert = connection.prepare(
      'INSERT INTO actions (at, actor, community, action, target, note, details) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
  }

  /** Inside a write. */
  insert(entry: NewAction): ActionEntry {
    const { at, actor, community, action, target, note, details } = entry;
    const text = JSON.stringify(details);
    const { lastInsertRowid } = this.#insert.run(at, actor, community ?? null, action, target, note, text);
    return { ...entry, id: Number(lastInsertRowid) };
  }
}

export class SqliteActionLogStore implements ActionLogStore {
  readonly #group: GroupCommit;
  readonly #rows: ActionRows;
  readonly #selectAll: StatementSync;
  readonly #selectOfCommunity: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#rows = new ActionRows(connection);
    this.#selectAll = connection.prepare('SELECT * FROM actions WHERE id < ? ORDER BY id DESC LIMIT ?');
    this.#selectOfCommunity = connection.prepare(
      'SELECT * FROM actions WHERE community = ? AND id < ? ORDER BY id DESC LIMIT ?',
    );
  }

  async add(entry: NewAction): Promise<ActionEntry> {
    return await this.#group.run(() => this.#rows.insert(entry));
  }

  async list({ community, before, limit }: Parameters<ActionLogStore['list']>[0]): Promise<readonly ActionEntry[]> {
    const end = before ?? Number.MAX_SAFE_INTEGER;
    const rows = reading(() =>
      community === undefined ? this.#selectAll.all(end, limit) : this.#selectOfCommunity.all(community, end, limit),
    );
    return rows.map(toEntry);
  }
}

function toEntry(row: Row): ActionEntry {
  return {
    id: integerOf(row, 'id'),
    at: integerOf(row, 'at'),
    actor: textOf(row, 'actor'),
    community: optionalTextOf(row, 'community'),
    action: textOf(row, 'action'),
    target: textOf(row, 'target'),
    note: textOf(row, 'note'),
    details: JSON.parse(textOf(row, 'details')) as ActionEntry['details'],
  };
}
