/**
 * What one server may ask of us: so many requests at a time, and a token bucket. High by default, as one person's retry
 * makes dozens of servers ask; only an origin that floods meets them. Memory is bounded: the origins seen last are kept.
 */
import { LRUCache } from 'lru-cache';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { Clock } from '../telemetry/clock.ts';

export interface OriginLimitSettings {
  readonly requestsPerSecond: number;
  /** Requests that may come at once after a pause. */
  readonly burst: number;
  /** Requests that may be worked on at a time. */
  readonly inFlight: number;
}

export const DEFAULT_ORIGIN_LIMITS: OriginLimitSettings = { requestsPerSecond: 20_000, burst: 40_000, inFlight: 512 };

const MAX_ORIGINS = 20_000;
const IN_FLIGHT_RETRY_MS = 500;

/** The account of one origin; given back with `leave`. */
export interface Visitor {
  tokens: number;
  refilledAt: number;
  inFlight: number;
}

export type Admission =
  { readonly ok: true; readonly visitor: Visitor } | { readonly ok: false; readonly retryAfterMs: number };

export class OriginLimits {
  readonly #settings: OriginLimitSettings;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #visitors = new LRUCache<ServerName, Visitor>({ max: MAX_ORIGINS });

  constructor(settings: OriginLimitSettings, clock: Pick<Clock, 'now'>) {
    this.#settings = settings;
    this.#clock = clock;
  }

  enter(origin: ServerName): Admission {
    const now = this.#clock.now();
    const visitor = this.#visitorOf(origin, now);
    this.#refill(visitor, now);
    if (visitor.tokens < 1) return { ok: false, retryAfterMs: this.#untilNextToken(visitor) };
    if (visitor.inFlight >= this.#settings.inFlight) return { ok: false, retryAfterMs: IN_FLIGHT_RETRY_MS };
    visitor.tokens -= 1;
    visitor.inFlight += 1;
    return { ok: true, visitor };
  }

  leave(visitor: Visitor): void {
    visitor.inFlight -= 1;
  }

  #visitorOf(origin: ServerName, now: number): Visitor {
    const known = this.#visitors.get(origin);
    if (known !== undefined) return known;
    const visitor = { tokens: this.#settings.burst, refilledAt: now, inFlight: 0 };
    this.#visitors.set(origin, visitor);
    return visitor;
  }

  #refill(visitor: Visitor, now: number): void {
    const { requestsPerSecond, burst } = this.#settings;
    const elapsed = now - visitor.refilledAt;
    // A clock that was set back refills nothing.
    if (elapsed > 0) visitor.tokens = Math.min(burst, visitor.tokens + (elapsed * requestsPerSecond) / 1000);
    visitor.refilledAt = now;
  }

  #untilNextToken(visitor: Visitor): number {
    return Math.max(1, Math.ceil(((1 - visitor.tokens) * 1000) / this.#settings.requestsPerSecond));
  }
}
