/** A replay in a thread of its own, which reads the database beside the server: what `replay-parts.ts` starts. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ReplayOrder } from './policy/replay/order.ts';
import { replay, type ReplayProgress } from './policy/replay/replay.ts';
import type { ReplayReport } from './policy/replay/report.ts';
import { openReplayLog } from './storage/sqlite/replay-log.ts';

export interface ReplayWorkerInput {
  readonly file: string;
  readonly order: ReplayOrder;
}

export type ReplayWorkerMessage =
  | { readonly type: 'progress'; readonly progress: ReplayProgress }
  | { readonly type: 'done'; readonly report: ReplayReport };

async function run({ file, order }: ReplayWorkerInput): Promise<void> {
  using log = openReplayLog(file);
  const tell = (message: ReplayWorkerMessage): void => {
    parentPort?.postMessage(message);
  };
  const report = await replay(log, order, {
    onProgress: (progress) => {
      tell({ type: 'progress', progress });
    },
  });
  tell({ type: 'done', report });
}

await run(workerData as ReplayWorkerInput);
