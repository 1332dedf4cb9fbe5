import { LRUCache } from 'lru-cache';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { Clock } from '../telemetry/clock.ts';

/** Which servers have failed lately and are left alone for a while. In memory: a restart may ask everyone once. */
export interface BackOff {
  /** Milliseconds since 1970 until which the server is left alone; `undefined` where it may be asked. */
  until(serverName: ServerName): number | undefined;
  failed(serverName: ServerName): void;
  /** It answered, or contacted us itself: it may be asked again at once. */
  markAlive(serverName: ServerName): void;
}

const FIRST_PAUSE_MS = 2000;
const MAX_PAUSE_MS = 60 * 60 * 1000;
const MAX_SERVERS = 20_000;

interface Failures {
  readonly count: number;
  readonly until: number;
}

export function createBackOff(deps: { clock: Clock; random?: () => number }): BackOff {
  const { clock, random = Math.random } = deps;
  const failures = new LRUCache<ServerName, Failures>({ max: MAX_SERVERS });
  return {
    until(serverName) {
      const known = failures.get(serverName);
      return known !== undefined && known.until > clock.now() ? known.until : undefined;
    },
    failed(serverName) {
      const known = failures.get(serverName);
      // Requests that were under way together fail together: that counts once.
      if (known !== undefined && known.until > clock.now()) return;
      const count = (known?.count ?? 0) + 1;
      failures.set(serverName, {
        count,
        until: clock.now() + exponentialPause(count, FIRST_PAUSE_MS, MAX_PAUSE_MS, random),
      });
    },
    markAlive(serverName) {
      failures.delete(serverName);
    },
  };
}

/** `first` after the first failure, doubled by each further one up to `max`, give or take a fifth. */
export function exponentialPause(failures: number, first: number, max: number, random: () => number): number {
  const pause = Math.min(max, first * 2 ** Math.min(failures - 1, 30));
  return Math.round(pause * (0.8 + 0.4 * random()));
}
