import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ActionFor } from '../../policy/ports.ts';
import type { SettingsRevision, SettingsStore } from '../../policy/settings/ports.ts';
import { ActionRows } from './action-log.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf, optionalTextOf, textOf, type Row } from './row.ts';

export class SqliteSettingsStore implements SettingsStore {
  readonly #group: GroupCommit;
  readonly #actions: ActionRows;
  readonly #latest: StatementSync;
  readonly #history: StatementSync;
  readonly #revision: StatementSync;
  readonly #append: StatementSync;
  readonly #putConfiguration: StatementSync;
  readonly #configuration: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#actions = new ActionRows(connection);
    this.#latest = connection.prepare(
      `SELECT * FROM settings_revisions AS one
       WHERE revision = (SELECT MAX(revision) FROM settings_revisions WHERE scope = one.scope)`,
    );
    this.#history = connection.prepare(
      'SELECT * FROM settings_revisions WHERE scope = ? AND revision < ? ORDER BY revision DESC LIMIT ?',
    );
    this.#revision = connection.prepare('SELECT * FROM settings_revisions WHERE scope = ? AND revision = ?');
    this.#append = connection.prepare(
      `INSERT INTO settings_revisions (scope, revision, document, author, note, at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    );
    this.#putConfiguration = connection.prepare(
      'INSERT INTO configurations (fingerprint, document) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    this.#configuration = connection.prepare('SELECT document FROM configurations WHERE fingerprint = ?');
  }

  async latest(): Promise<readonly SettingsRevision[]> {
    return reading(() => this.#latest.all().map(revisionOf));
  }

  async history(scope: string, limit: number, before = Number.MAX_SAFE_INTEGER): Promise<readonly SettingsRevision[]> {
    return reading(() => this.#history.all(scope, before, limit).map(revisionOf));
  }

  async revision(scope: string, revision: number): Promise<SettingsRevision | undefined> {
    return reading(() => {
      const row = this.#revision.get(scope, revision);
      return row === undefined ? undefined : revisionOf(row);
    });
  }

  async append(revision: SettingsRevision, actionFor?: ActionFor<SettingsRevision>): Promise<boolean> {
    const { scope, document, author, note, at } = revision;
    return await this.#group.run(() => {
      if (this.#append.run(scope, revision.revision, document, author, note, at).changes === 0) return false;
      if (actionFor !== undefined) this.#actions.insert(actionFor(revision));
      return true;
    });
  }

  async putConfiguration(fingerprint: string, document: string): Promise<void> {
    await this.#group.run(() => void this.#putConfiguration.run(fingerprint, document));
  }

  async configuration(fingerprint: string): Promise<string | undefined> {
    return reading(() => {
      const row = this.#configuration.get(fingerprint);
      return row === undefined ? undefined : textOf(row, 'document');
    });
  }
}

function revisionOf(row: Row): SettingsRevision {
  return {
    scope: textOf(row, 'scope'),
    revision: integerOf(row, 'revision'),
    document: optionalTextOf(row, 'document') ?? null,
    author: textOf(row, 'author'),
    note: textOf(row, 'note'),
    at: integerOf(row, 'at'),
  };
}
