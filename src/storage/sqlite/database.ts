import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Migration } from '../migrations/migration.ts';
import { StorageError } from '../storage-error.ts';
import { createPrivateFile, takeOwnership } from './ownership.ts';
import { migrate, refuseForeignFile } from './schema.ts';
import { toStorageError } from './sqlite-errors.ts';

export interface DatabaseOptions {
  readonly path: string;
  readonly migrations: readonly Migration[];
}

export interface OpenDatabase {
  readonly connection: DatabaseSync;
  close(): void;
}

/** How long a statement waits for a lock that another program (a backup, a shell) has. The whole process waits. */
const BUSY_TIMEOUT_MS = 1000;

/**
 * `synchronous = NORMAL` never damages the database, and leaves it to `GroupCommit` to make commits durable before
 * anybody is told of them. The write-ahead log goes back into the database every 16 MiB: a larger log takes less work
 * altogether, and longer pauses. What is removed is overwritten, so that it can be said to be gone.
 */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -65536;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA trusted_schema = OFF;
  PRAGMA secure_delete = ON;
`;

/** Opens a database that this process owns from then on, with the newest schema. Throws `StorageError`. */
export function openDatabase({ path, migrations }: DatabaseOptions): OpenDatabase {
  using resources = new DisposableStack();
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    resources.use(takeOwnership(path));
    createPrivateFile(path);
    const connection = resources.use(
      new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true, defensive: true }),
    );
    refuseForeignFile(connection, path, migrations.length);
    connection.exec(SETTINGS);
    migrate(connection, migrations);
    // A file that may not be written opens all the same; this says so now rather than at the first verdict.
    connection.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${migrations.length}; ROLLBACK`);
    const open = resources.move();
    return { connection, close: () => open.dispose() };
  } catch (error) {
    throw withPath(toStorageError(error), path);
  }
}

function withPath(error: unknown, path: string): unknown {
  if (!(error instanceof StorageError) || error.message.includes(path)) return error;
  return new StorageError(error.type, `${path}: ${error.message}`, error.cause ?? error);
}
