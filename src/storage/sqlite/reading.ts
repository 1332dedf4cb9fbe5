import { toStorageError } from './sqlite-errors.ts';

/** Rows written, or events parsed, before the event loop gets its turn. */
export const CHUNK = 200;

/** Runs a query; what it throws becomes a `StorageError`. */
export function reading<T>(query: () => T): T {
  try {
    return query();
  } catch (error) {
    throw toStorageError(error);
  }
}

export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Reads one by one, giving the event loop its turn in between. */
export async function readEach<T, R>(items: readonly T[], read: (item: T) => R): Promise<R[]> {
  const results: R[] = [];
  for (const [i, item] of items.entries()) {
    if (i > 0 && i % CHUNK === 0) await nextTurn();
    results.push(reading(() => read(item)));
  }
  return results;
}
