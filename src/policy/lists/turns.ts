/** Long work in slices, so that events have their turn between them. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of a slice. */
const SLICE_MS = 6;
/** Steps between two looks at the clock. */
const STEPS = 8;

export class Turns {
  #since = performance.now();
  #steps = 0;

  /** To be called for each step, of a fraction of a millisecond, and awaited where it answers something. */
  next(): Promise<void> | undefined {
    this.#steps += 1;
    if (this.#steps % STEPS !== 0 || performance.now() - this.#since < SLICE_MS) return undefined;
    return this.pause();
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
