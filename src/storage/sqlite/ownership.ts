import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../storage-error.ts';
import { toStorageError } from './sqlite-errors.ts';

/**
 * Makes this the only Gatehouse on a database, until disposed of. The lock is an operating system's lock held by SQLite
 * on an empty file: it ends with the process, however that ends, and the database itself stays readable for backups.
 */
export function takeOwnership(databasePath: string): Disposable {
  const path = `${databasePath}.lock`;
  createPrivateFile(path);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const failure = toStorageError(error);
    if (!(failure instanceof StorageError) || failure.type !== 'busy') throw failure;
    throw new StorageError('locked', `Another Gatehouse is running on ${databasePath}; stop it first.`, error);
  }
  return { [Symbol.dispose]: () => lock.close() };
}

/** SQLite gives a database's `-wal` and `-shm` the mode of the database, so that this is all there is to do. */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    // An existing file is not even opened: closing it again would release every lock that this process has on it.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw toStorageError(error);
  }
}
