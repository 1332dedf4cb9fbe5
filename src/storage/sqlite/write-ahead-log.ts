import { open } from 'node:fs/promises';
import { toStorageError } from './sqlite-errors.ts';

/** The log into which SQLite writes commits: made durable from outside, so that the event loop never waits for the disk. */
export interface WriteAheadLog {
  /** Resolves when every commit made before the call would survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The log of an open database. */
export async function openWriteAheadLog(databasePath: string): Promise<WriteAheadLog> {
  try {
    // SQLite holds no locks on this file, which closing it would release.
    const file = await open(`${databasePath}-wal`, 'r+');
    return { sync: () => file.datasync(), close: () => file.close() };
  } catch (error) {
    throw toStorageError(error);
  }
}
