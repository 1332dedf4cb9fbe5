/**
 * Questions to one endpoint, so that neither a slow nor a broken one holds anything up: each within a deadline, so many
 * at once, none while it keeps failing, one at a time about the same content, and answers used again. An answer that
 * comes after its deadline is kept for the next one who asks.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../telemetry/clock.ts';
import { Breaker, type BreakerSettings } from './breaker.ts';

export type CallOutcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

/** How a call ended. What the endpoint is not to blame for says nothing about whether it works. */
export type CallResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly detail: string; readonly blamesEndpoint: boolean };

/** Rejects or resolves soon after the signal is aborted; a rejection is the endpoint's fault. */
export type Call<T> = (signal: AbortSignal) => Promise<CallResult<T>>;

export interface CallLimits {
  /** Milliseconds that an asker waits. */
  readonly deadline: number;
  readonly concurrency: number;
  readonly queue: number;
  /** `undefined`: it is never left alone. */
  readonly breaker: BreakerSettings | undefined;
  readonly cache: { readonly entries: number; readonly ttl: number };
}

export interface CallReport {
  /** `leftAlone`: not made, after failures in a row; `crowded`: not made, as too many others were. */
  readonly outcome: 'answered' | 'failed' | 'late' | 'leftAlone' | 'crowded';
  readonly milliseconds: number;
  readonly detail: string | undefined;
}

export interface GuardedCallsDeps<T> {
  readonly clock: Clock;
  readonly limits: CallLimits;
  /** One for each key, in the place of the one for all. */
  readonly breakerOf?: (key: string) => Breaker;
  /** Milliseconds that this answer is used again, where they are not the same for all. */
  readonly ttlOf?: (value: T) => number;
  /** Told that it is left alone from now on. */
  readonly onOpen?: () => void;
  /** Told how each call ended, once before of those that are late, and of those that were not made. */
  readonly onCall?: (report: CallReport) => void;
}

/** Milliseconds after which nobody waits for a late answer any more. */
export const GIVE_UP_MS = 30_000;

interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

export class GuardedCalls<T> {
  readonly #deps: GuardedCallsDeps<T>;
  readonly #breakerOf: (key: string) => Breaker | undefined;
  readonly #kept: LRUCache<string, Kept<T>>;
  readonly #running = new Map<string, Promise<CallOutcome<T>>>();
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(deps: GuardedCallsDeps<T>) {
    this.#deps = deps;
    const { breaker, cache } = deps.limits;
    const one = breaker && new Breaker(breaker, () => deps.onOpen?.());
    this.#breakerOf = deps.breakerOf ?? (() => one);
    this.#kept = new LRUCache({ max: cache.entries });
  }

  /** Equal keys stand for equal questions. Waits `patienceMs` for the answer, or as long as the limits say. */
  ask(key: string, call: Call<T>, patienceMs = this.#deps.limits.deadline): CallOutcome<T> | Promise<CallOutcome<T>> {
    const now = this.#deps.clock.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) return { ok: true, value: kept.value };
    const running = this.#running.get(key);
    if (running !== undefined) return this.#inTime(running, patienceMs);
    if (this.#taken >= this.#deps.limits.concurrency && this.#waiting.size >= this.#deps.limits.queue) {
      return this.#notMade('crowded', now, 'too many questions are waiting');
    }
    if (this.#breakerOf(key)?.letsThrough(now) === false) {
      return this.#notMade('leftAlone', now, 'left alone after failures in a row');
    }
    const outcome = this.#run(key, call).finally(() => this.#running.delete(key));
    this.#running.set(key, outcome);
    return this.#inTime(outcome, patienceMs);
  }

  async #run(key: string, call: Call<T>): Promise<CallOutcome<T>> {
    const { clock, limits, ttlOf } = this.#deps;
    const breaker = this.#breakerOf(key);
    const askedAt = clock.now();
    if (this.#taken < limits.concurrency) this.#taken += 1;
    else if (!(await this.#turn())) {
      breaker?.unknown();
      return this.#notMade('crowded', askedAt, 'it was not its turn in time');
    }
    const done = new AbortController();
    const giveUp = new AbortController();
    const state = { isLate: false };
    after(clock, askedAt + limits.deadline - clock.now(), done.signal, () => {
      state.isLate = true;
      breaker?.failed(clock.now());
      this.#report('late', askedAt, undefined);
    });
    after(clock, GIVE_UP_MS, done.signal, () => giveUp.abort(new Error('no answer')));
    const result = await settled(call, giveUp.signal);
    done.abort();
    this.#release();
    this.#report(result.ok ? 'answered' : 'failed', askedAt, result.ok ? undefined : result.detail);
    if (result.ok) {
      const { value } = result;
      this.#kept.set(key, { value, until: clock.now() + (ttlOf?.(value) ?? limits.cache.ttl) });
    }
    if (!state.isLate) tellBreaker(breaker, result, clock.now());
    return result.ok ? result : { ok: false, detail: result.detail };
  }

  #notMade(outcome: 'leftAlone' | 'crowded', askedAt: number, detail: string): { ok: false; detail: string } {
    this.#report(outcome, askedAt, detail);
    return { ok: false, detail };
  }

  #report(outcome: CallReport['outcome'], askedAt: number, detail: string | undefined): void {
    this.#deps.onCall?.({ outcome, milliseconds: this.#deps.clock.now() - askedAt, detail });
  }

  async #inTime(outcome: Promise<CallOutcome<T>>, patienceMs: number): Promise<CallOutcome<T>> {
    const done = new AbortController();
    const { promise, resolve } = Promise.withResolvers<CallOutcome<T>>();
    after(this.#deps.clock, patienceMs, done.signal, () => {
      resolve({ ok: false, detail: `no answer within ${String(patienceMs)} ms` });
    });
    try {
      return await Promise.race([outcome, promise]);
    } finally {
      done.abort();
    }
  }

  /** False where the deadline passes before a place is free. */
  async #turn(): Promise<boolean> {
    const { clock, limits } = this.#deps;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const proceed = (): void => resolve(true);
    const done = new AbortController();
    this.#waiting.add(proceed);
    after(clock, limits.deadline, done.signal, () => {
      if (this.#waiting.delete(proceed)) resolve(false);
    });
    const isTurn = await promise;
    done.abort();
    return isTurn;
  }

  /** A place goes straight to the next in line. */
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

function tellBreaker(breaker: Breaker | undefined, result: CallResult<unknown>, now: number): void {
  if (result.ok) breaker?.succeeded();
  else if (result.blamesEndpoint) breaker?.failed(now);
  else breaker?.unknown();
}

async function settled<T>(call: Call<T>, signal: AbortSignal): Promise<CallResult<T>> {
  try {
    return await call(signal);
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error), blamesEndpoint: true };
  }
}

/** Does something when the time has come, unless told before that it is not needed. */
function after(clock: Clock, milliseconds: number, done: AbortSignal, work: () => void): void {
  clock.sleep(Math.max(0, milliseconds), done).then(work, () => undefined);
}
