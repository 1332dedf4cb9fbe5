import { statfs } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import type { GroupCommit } from './group-commit.ts';

/** The write-ahead log grows by so much before it goes back into the database, which may have to grow as well. */
const NEEDED_BYTES = 32 * 1024 * 1024;
/** After a write that the disk refused others are likely to be refused, though one as small as a probe may fit. */
const DISTRUST_MS = 30_000;

/** Tells whether the database can be written, now and for a while. */
export function createWriteProbe(connection: DatabaseSync, group: GroupCommit, folder: string): () => Promise<boolean> {
  const probe = connection.prepare('UPDATE write_probe SET probes = probes + 1');
  return async () => {
    try {
      if (performance.now() - group.refusedByDiskAt < DISTRUST_MS) return false;
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize < NEEDED_BYTES) return false;
      await group.run(() => probe.run());
      return true;
    } catch {
      return false;
    }
  };
}
