import { FederationError } from './federation-error.ts';

/** At most so many at once, and so many waiting for their turn, first come first served. */
export class Slots {
  readonly #limit: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(limit: number, maxWaiting: number) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  get idle(): boolean {
    return this.#taken === 0 && this.#waiting.size === 0;
  }

  /** Runs the task in a slot of its own. Rejects with the signal's reason when that is aborted before its turn. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#taken >= this.#limit) await this.#turn(signal);
    else this.#taken += 1;
    try {
      return await task();
    } finally {
      this.#release();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) {
      throw new FederationError('unreachable', 'too many requests are waiting');
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const proceed = () => {
      signal?.removeEventListener('abort', giveUp);
      resolve(undefined);
    };
    const giveUp = () => {
      this.#waiting.delete(proceed);
      reject(toError(signal?.reason));
    };
    this.#waiting.add(proceed);
    signal?.addEventListener('abort', giveUp, { once: true });
    await promise;
  }

  /** A slot goes straight to the next in line, so that nobody can slip in between. */
  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
