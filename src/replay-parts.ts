/** Replays: in a thread of their own where there is a database file, so that they keep nobody waiting. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { replay } from './policy/replay/replay.ts';
import { ReplayJobs, type ReplayRunner } from './policy/replay/replay-jobs.ts';
import type { ReplayReport } from './policy/replay/report.ts';
import type { SettingsDirectory } from './policy/settings/settings-directory.ts';
import type { ReplayWorkerInput, ReplayWorkerMessage } from './replay-worker.ts';
import type { Parts, Rooms } from './server-parts.ts';
import type { Storage } from './storage/storage.ts';

/** Events are read, judged and let go: room for the young is what makes it fast. */
const LIMITS = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 192 };

export function buildReplays({
  clock,
  log,
  storage,
  rooms,
  settings,
}: Omit<Parts, 'keys'> & { readonly rooms: Rooms; readonly settings: SettingsDirectory }): ReplayJobs {
  return new ReplayJobs({
    ...{ settings, clock, run: runnerOver(storage) },
    rooms: () => rooms.registry.all().map(({ roomId }) => roomId),
    onFailure: (error) => {
      log.error({ err: error }, 'a replay has failed');
    },
  });
}

export function runnerOver({ file, replayLog }: Pick<Storage, 'file' | 'replayLog'>): ReplayRunner {
  if (file === undefined) return (order, options) => replay(replayLog, order, options);
  return async (order, { onProgress, signal }) => {
    // Compiled or not, the worker lies beside this file.
    const own = fileURLToPath(import.meta.url);
    const script = path.join(path.dirname(own), `replay-worker${path.extname(own)}`);
    const workerData: ReplayWorkerInput = { file, order };
    const worker = new Worker(script, { workerData, resourceLimits: LIMITS });
    try {
      return await new Promise<ReplayReport>((resolve, reject) => {
        worker.on('message', (message: ReplayWorkerMessage) => {
          if (message.type === 'progress') onProgress?.(message.progress);
          else resolve(message.report);
        });
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('the thread of the replay has ended early')));
        signal?.addEventListener('abort', () => reject(new Error('the replay was stopped')), { once: true });
      });
    } finally {
      await worker.terminate();
    }
  };
}
