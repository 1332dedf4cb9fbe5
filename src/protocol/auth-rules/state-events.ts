/** State events by type and state key, the latest given of each. */
import type { Pdu } from '../events.ts';
import type { AuthState } from './auth-state.ts';

/** A state to check against, made of events; those that are no state events are left out. */
export class StateEvents implements AuthState {
  readonly #byType = new Map<string, Map<string, Pdu>>();

  get(type: string, stateKey: string): Pdu | undefined {
    return this.#byType.get(type)?.get(stateKey);
  }

  set(pdu: Pdu): void {
    if (pdu.stateKey === undefined) return;
    let byStateKey = this.#byType.get(pdu.type);
    if (byStateKey === undefined) {
      byStateKey = new Map();
      this.#byType.set(pdu.type, byStateKey);
    }
    byStateKey.set(pdu.stateKey, pdu);
  }

  delete(type: string, stateKey: string): void {
    this.#byType.get(type)?.delete(stateKey);
  }

  *[Symbol.iterator](): Generator<Pdu> {
    for (const byStateKey of this.#byType.values()) yield* byStateKey.values();
  }

  setAll(pdus: Iterable<Pdu>): this {
    for (const pdu of pdus) this.set(pdu);
    return this;
  }
}

/** As `StateEvents`, for the few that an event cites: to look at each costs less than to sort them in. */
export class FewStateEvents implements AuthState {
  readonly #events: readonly Pdu[];

  constructor(events: readonly Pdu[]) {
    this.#events = events;
  }

  get(type: string, stateKey: string): Pdu | undefined {
    for (let at = this.#events.length - 1; at >= 0; at -= 1) {
      const pdu = this.#events[at];
      if (pdu?.stateKey === stateKey && pdu.type === type) return pdu;
    }
    return undefined;
  }
}
