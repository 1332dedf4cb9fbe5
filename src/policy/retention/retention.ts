/** Forgets the content of events that were judged long ago, a little at a time; verdicts stay for ever. */
import type { Clock } from '../../telemetry/clock.ts';
import type { ContentStore } from './ports.ts';
import { stripped } from './strip.ts';

export interface RetentionDeps {
  readonly content: Pick<ContentStore, 'keptBefore' | 'forget'>;
  /** How long content is kept, in milliseconds. */
  readonly keepMs: number;
  readonly clock: Clock;
  /** What could not be forgotten is forgotten later. */
  readonly onFailure: (error: unknown) => void;
}

const ROWS_AT_ONCE = 200;
/** Between two looks, and between two steps of one. */
const LOOK_EVERY_MS = 10 * 60_000;
const PAUSE_MS = 50;

export class Retention implements AsyncDisposable {
  readonly #deps: RetentionDeps;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /** Begins at once, and goes on until it is stopped. What is due is known from what is stored, after a restart too. */
  start(): void {
    this.#running ??= this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** One step. Returns how many events were forgotten: fewer than there may be in a step where nothing is left to do. */
  async step(): Promise<number> {
    const { content, clock, keepMs } = this.#deps;
    const due = await content.keptBefore(clock.now() - keepMs, ROWS_AT_ONCE);
    if (due.length > 0) await content.forget(due.map((one) => stripped(one, { withNames: true })));
    return due.length;
  }

  async #run(): Promise<void> {
    const { clock, onFailure } = this.#deps;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      let forgotten = 0;
      try {
        forgotten = await this.step();
      } catch (error) {
        onFailure(error);
      }
      const pause = forgotten < ROWS_AT_ONCE ? LOOK_EVERY_MS : PAUSE_MS;
      await clock.sleep(pause, signal).catch(() => undefined);
    }
  }
}
