import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createMemoryStorage, openSqliteStorage, type Storage } from '../../../src/storage/storage.ts';

export interface Engine {
  readonly name: string;
  /** An empty storage, closed and removed when the test ends. */
  open(test: TestContext): Promise<Storage>;
}

export const engines: readonly Engine[] = [
  { name: 'memory', open: async () => createMemoryStorage() },
  {
    name: 'SQLite',
    open: async (test: TestContext): Promise<Storage> => {
      const storage = await openSqliteStorage({ path: databasePath(test) });
      test.after(async () => await storage.close());
      return storage;
    },
  },
];

/** The path of a database that is not there yet, in a folder of its own, removed when the test ends. */
export function databasePath(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-storage-'));
  test.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'gatehouse.db');
}
