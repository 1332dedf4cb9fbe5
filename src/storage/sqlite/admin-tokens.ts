import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AdminToken, AdminTokenStore } from '../../policy/moderation/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import { ActionRows } from './action-log.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf, optionalIntegerOf, optionalTextOf, textOf, type Row } from './row.ts';

export class SqliteAdminTokenStore implements AdminTokenStore {
  readonly #group: GroupCommit;
  readonly #actions: ActionRows;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #revoke: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#actions = new ActionRows(connection);
    this.#insert = connection.prepare(
      `INSERT INTO admin_tokens (name, community, secret_hash, created_by, created_at, expires_at, revoked_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#select = connection.prepare('SELECT * FROM admin_tokens ORDER BY id');
    this.#revoke = connection.prepare('UPDATE admin_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL');
  }

  async all(): Promise<readonly AdminToken[]> {
    return reading(() => this.#select.all()).map(toToken);
  }

  async add(token: Omit<AdminToken, 'id'>, actionFor?: ActionFor<AdminToken>): Promise<AdminToken> {
    const { name, community, secretHash, by, createdAt, expiresAt, revokedAt } = token;
    return await this.#group.run(() => {
      const who = [name, community ?? null, secretHash, by] as const;
      const { lastInsertRowid } = this.#insert.run(...who, createdAt, expiresAt ?? null, revokedAt ?? null);
      const added = { ...token, id: Number(lastInsertRowid) };
      if (actionFor !== undefined) this.#actions.insert(actionFor(added));
      return added;
    });
  }

  async revoke(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean> {
    return await this.#group.run(() => {
      if (this.#revoke.run(at, id).changes === 0) return false;
      if (actionFor !== undefined) this.#actions.insert(actionFor(id));
      return true;
    });
  }
}

function toToken(row: Row): AdminToken {
  return {
    id: integerOf(row, 'id'),
    name: textOf(row, 'name'),
    community: optionalTextOf(row, 'community'),
    secretHash: textOf(row, 'secret_hash'),
    by: textOf(row, 'created_by'),
    createdAt: integerOf(row, 'created_at'),
    expiresAt: optionalIntegerOf(row, 'expires_at'),
    revokedAt: optionalIntegerOf(row, 'revoked_at'),
  };
}
