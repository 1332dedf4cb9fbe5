/** What the endpoints about the past need, over storage in memory and no rooms. */
import { archiveDeps, type ArchiveParts } from '../../src/archive-deps.ts';
import { runnerOver } from '../../src/replay-parts.ts';
import { ReplayJobs } from '../../src/policy/replay/replay-jobs.ts';
import type { SettingsDirectory } from '../../src/policy/settings/settings-directory.ts';
import { createMemoryStorage, type Storage } from '../../src/storage/storage.ts';
import { FakeClock } from './fake-clock.ts';

const UNHEARD = { log: { error: () => undefined }, metrics: { actionNotLogged: () => undefined } };

export function memoryArchive(
  settings: SettingsDirectory,
  storage: Storage = createMemoryStorage(),
  told: Pick<ArchiveParts, 'log' | 'metrics'> = UNHEARD,
): ReturnType<typeof archiveDeps> {
  const clock = new FakeClock();
  const registry = { all: () => [], get: () => undefined, graphOf: async () => undefined };
  const replays = new ReplayJobs({
    ...{ settings, clock, rooms: () => [], run: runnerOver(storage) },
    onFailure: (error) => {
      throw error;
    },
  });
  return archiveDeps({ ...told, clock, storage, settings, replays, registry });
}
