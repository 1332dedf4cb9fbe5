import type { DatabaseSync } from 'node:sqlite';
import type { Migration } from '../migrations/migration.ts';
import { StorageError } from '../storage-error.ts';
import { integerOf, type Row } from './row.ts';

/** Marks a database as Gatehouse's own: "Gate" in ASCII. */
const APPLICATION_ID = 0x47617465;

/** Throws where the file belongs to another program or to a newer Gatehouse. Changes nothing in it. */
export function refuseForeignFile(connection: DatabaseSync, path: string, newestVersion: number): void {
  const version = pragma(connection, 'user_version');
  const isEmpty = version === 0 && countTables(connection) === 0;
  if (!isEmpty && pragma(connection, 'application_id') !== APPLICATION_ID) {
    throw new StorageError(
      'notADatabase',
      `${path} is a database of another program; give Gatehouse a path of its own.`,
    );
  }
  if (version > newestVersion) {
    throw new StorageError(
      'newerVersion',
      `${path} was written by a newer Gatehouse: it has schema version ${version}, this program knows versions up to ` +
        `${newestVersion}. Start the newer program, or restore the backup made before the upgrade.`,
    );
  }
}

/** Brings the schema to the newest version. Each migration happens wholly or not at all, whenever the process ends. */
export function migrate(connection: DatabaseSync, migrations: readonly Migration[]): void {
  const version = pragma(connection, 'user_version');
  for (const migration of migrations) {
    if (migration.version > version) apply(connection, migration);
  }
}

function apply(connection: DatabaseSync, { version, name, sql }: Migration): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    connection.exec(`
      CREATE TABLE IF NOT EXISTS schema_migrations (
        version    INTEGER PRIMARY KEY,
        name       TEXT    NOT NULL,
        applied_at TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
      ) STRICT;
      ${sql}
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${version};
    `);
    connection.prepare('INSERT INTO schema_migrations (version, name) VALUES (?, ?)').run(version, name);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function pragma(connection: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const row: Row | undefined = connection.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? 0 : integerOf(row, name);
}

function countTables(connection: DatabaseSync): number {
  const row: Row | undefined = connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get();
  return row === undefined ? 0 : integerOf(row, 'tables');
}
