/** Puts what rules flag into the queue: whatever was stored since the last time, after a restart too. */
import type { Clock } from '../../telemetry/clock.ts';
import type { Verdict } from '../verdict.ts';
import type { QueueStore } from './ports.ts';

export interface QueueFeederDeps {
  readonly queue: Pick<QueueStore, 'takeInFlags'>;
  readonly clock: Pick<Clock, 'now'>;
  /** What could not be put in is put in with the next. */
  readonly onFailure: (error: unknown) => void;
}

export class QueueFeeder {
  readonly #deps: QueueFeederDeps;
  #running: Promise<void> | undefined;
  #isWoken = false;
  #isStopped = false;

  constructor(deps: QueueFeederDeps) {
    this.#deps = deps;
  }

  onVerdict({ flags }: Verdict): void {
    if (flags.length > 0) this.wake();
  }

  wake(): void {
    this.#isWoken = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isWoken && !this.#isStopped) this.wake();
    });
  }

  /** Resolves when everything flagged until now is in the queue, or a failure was told. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.settled();
  }

  async #run(): Promise<void> {
    this.#isWoken = false;
    try {
      await this.#deps.queue.takeInFlags(this.#deps.clock.now());
    } catch (error) {
      this.#deps.onFailure(error);
    }
  }
}
