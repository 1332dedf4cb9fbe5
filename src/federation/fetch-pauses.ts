import { LRUCache } from 'lru-cache';
import type { KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { Clock } from '../telemetry/clock.ts';
import { exponentialPause } from './back-off.ts';

/** `unknown`: the server has been asked, and does not have them. `unavailable`: it may yet have them. */
export interface KeysFailure {
  readonly type: 'unknown' | 'unavailable';
  readonly detail: string;
}

interface Pause {
  readonly until: number;
  readonly failures: number;
  readonly reason: KeysFailure | undefined;
}

const FIRST_PAUSE_MS = 60 * 1000;
const MAX_PAUSE_MS = 60 * 60 * 1000;
const MAX_SERVERS = 20_000;
const MAX_KEY_IDS = 50_000;

/**
 * When keys may be asked for again. A server that answered is asked once a minute at the most, so that made-up key ids
 * cannot keep a new key of it from being noticed; one that fails, and a key id that it does not have, ever more rarely.
 */
export class FetchPauses {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #servers = new LRUCache<ServerName, Pause>({ max: MAX_SERVERS });
  readonly #keyIds = new LRUCache<string, Pause>({ max: MAX_KEY_IDS });

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Why nothing may be fetched now; `undefined` where it may. */
  reason(serverName: ServerName, unknownIds: readonly KeyId[]): KeysFailure | undefined {
    const now = this.#clock.now();
    const isPaused = (keyId: KeyId) => (this.#keyIds.get(keyOf(serverName, keyId))?.until ?? 0) > now;
    const server = this.#servers.get(serverName);
    const paused = server !== undefined && server.until > now;
    if (paused && server.reason !== undefined) return server.reason;
    if (unknownIds.length > 0 && unknownIds.every(isPaused)) return ASKED_LATELY;
    if (!paused) return undefined;
    // With nothing unknown it is the validity that does not reach, and the server's word on that is fresh.
    return unknownIds.length === 0 ? ASKED_LATELY : TOO_SOON;
  }

  answered(serverName: ServerName, missing: readonly KeyId[]): void {
    this.#servers.set(serverName, { until: this.#clock.now() + FIRST_PAUSE_MS, failures: 0, reason: undefined });
    for (const keyId of missing) {
      const key = keyOf(serverName, keyId);
      this.#keyIds.set(key, this.#next(this.#keyIds.get(key), ASKED_LATELY));
    }
  }

  failed(serverName: ServerName, reason: KeysFailure): void {
    this.#servers.set(serverName, this.#next(this.#servers.get(serverName), reason));
  }

  #next(before: Pause | undefined, reason: KeysFailure): Pause {
    const failures = (before?.failures ?? 0) + 1;
    const pause = exponentialPause(failures, FIRST_PAUSE_MS, MAX_PAUSE_MS, this.#random);
    return { until: this.#clock.now() + Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pause)), failures, reason };
  }
}

const ASKED_LATELY: KeysFailure = { type: 'unknown', detail: 'the server was asked lately and publishes no such key' };
const TOO_SOON: KeysFailure = { type: 'unavailable', detail: 'the server was asked less than a minute ago' };

function keyOf(serverName: ServerName, keyId: KeyId): string {
  return `${serverName} ${keyId}`;
}
