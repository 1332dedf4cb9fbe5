import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** The time of this machine. Sleeping does not keep a process alive that has nothing else to do. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      // Node wraps the reason in an error of its own.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
