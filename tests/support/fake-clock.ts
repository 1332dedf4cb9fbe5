import type { Clock } from '../../src/telemetry/clock.ts';

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

/** Time that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** How many are asleep: lets a test wait until the code under test has got that far. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const sleeper: Sleeper = { wakeAt: this.#now + Math.max(0, milliseconds), wake: () => resolve(undefined) };
    const abort = (): void => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#sleepers.push(sleeper);
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Moves time on, waking sleepers in the order of their times; what they do is done before the next one wakes. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (let next = this.#nextBefore(until); next !== undefined; next = this.#nextBefore(until)) {
      const sleeper = next;
      this.#now = Math.max(this.#now, sleeper.wakeAt);
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      sleeper.wake();
      await settle();
    }
    this.#now = until;
    await settle();
  }

  #nextBefore(until: number): Sleeper | undefined {
    const due = this.#sleepers.filter(({ wakeAt }) => wakeAt <= until);
    return due.reduce<Sleeper | undefined>((first, other) => {
      return first === undefined || other.wakeAt < first.wakeAt ? other : first;
    }, undefined);
  }
}

/** Lets everything that is ready to run do so. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
