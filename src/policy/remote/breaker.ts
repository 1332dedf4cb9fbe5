/** Leaves alone for a while what failed several times in a row; then one question tells whether it is back. */

import { LRUCache } from 'lru-cache';

export interface BreakerSettings {
  /** Failures in a row. */
  readonly failures: number;
  /** Milliseconds. */
  readonly pause: number;
}

export class Breaker {
  readonly #settings: BreakerSettings;
  readonly #onOpen: () => void;
  #failures = 0;
  #closedUntil = 0;
  #isTrying = false;

  /** `onOpen` is told each time that it is left alone from now on. */
  constructor(settings: BreakerSettings, onOpen: () => void) {
    this.#settings = settings;
    this.#onOpen = onOpen;
  }

  /** Whether it may be asked now. Who is let through says later how it went. */
  letsThrough(now: number): boolean {
    if (this.#failures < this.#settings.failures) return true;
    if (now < this.#closedUntil || this.#isTrying) return false;
    this.#isTrying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#isTrying = false;
  }

  failed(now: number): void {
    this.#failures += 1;
    const wasTrying = this.#isTrying;
    this.#isTrying = false;
    if (this.#failures !== this.#settings.failures && !wasTrying) return;
    this.#closedUntil = now + this.#settings.pause;
    this.#onOpen();
  }

  /** It could not be found out. */
  unknown(): void {
    this.#isTrying = false;
  }
}

/** Each is left alone for itself; those that were asked longest ago are forgotten. */
export function breakerForEach(settings: BreakerSettings, most: number): (key: string) => Breaker {
  const breakers = new LRUCache<string, Breaker>({ max: most });
  return (key) => {
    const known = breakers.get(key);
    if (known !== undefined) return known;
    const breaker = new Breaker(settings, () => undefined);
    breakers.set(key, breaker);
    return breaker;
  };
}
