/** What the steps of state resolution share. */
import type { AuthState } from '../auth-rules/auth-state.ts';
import { checkAuthAgainstState } from '../auth-rules/check-auth.ts';
import { FewStateEvents, StateEvents } from '../auth-rules/state-events.ts';
import type { Pdu } from '../events.ts';
import type { EventId } from '../ids/event-id.ts';
import { NumberToken, own } from '../json.ts';
import { authEventIdsOf, type EventLookup } from './auth-chains.ts';
import { stateEntry, StateMapBuilder, type StateMap } from './state-map.ts';

/** Of what all states agree on and are given without: see `resolveState` in `resolve-state.ts`. */
export interface SharedState {
  /** At least the entries that the authorisation rules look at for the events that are resolved. */
  readonly state: StateMap;
  /** Whether an event is in it or in the auth chain of one that is. */
  readonly isInChain: (eventId: EventId) => boolean;
}

/** Where events come from while one conflict is resolved. */
export interface Resolution {
  readonly events: EventLookup;
  /** Events that were rejected on receipt. */
  readonly isRejected: (eventId: EventId) => boolean;
  /** What the states share and are given without. */
  readonly shared: SharedState | undefined;
}

/** What all states agree on, so far as it is known. */
export function unconflicted(agreed: StateMap, { shared }: Resolution): StateMap {
  return shared === undefined ? agreed : new StateMapBuilder().setAll(shared.state).setAll(agreed).map;
}

/** A state being resolved: what was decided so far, over the state that it started from. */
export class PartialState implements AuthState {
  readonly decided = new StateEvents();
  readonly #base: StateMap;
  readonly #events: EventLookup;

  constructor(base: StateMap, events: EventLookup) {
    this.#base = base;
    this.#events = events;
  }

  get(type: string, stateKey: string): Pdu | undefined {
    const decided = this.decided.get(type, stateKey);
    if (decided !== undefined) return decided;
    const eventId = stateEntry(this.#base, type, stateKey);
    return eventId === undefined ? undefined : this.#events(eventId);
  }
}

/**
 * The iterative auth checks algorithm (room version 2, "Definitions"): applies each event to the state if the
 * authorisation rules allow it there.
 */
export function applyAllowed(resolution: Resolution, sorted: readonly Pdu[], state: PartialState): void {
  for (const pdu of sorted) {
    // @NOTE the text takes events that were rejected for the state at their place like any others; Synapse leaves them
    // out, and servers that decide differently here never agree on the room again.
    if (resolution.isRejected(pdu.eventId)) continue;
    if (checkAuthAgainstState(pdu, stateFor(resolution, pdu, state)).allowed) state.decided.set(pdu);
  }
}

/**
 * If a key that is required for checking the rules is not in the state, then the event's own auth event is used, if it
 * is not rejected.
 */
function stateFor(resolution: Resolution, pdu: Pdu, state: PartialState): AuthState {
  let cited: AuthState | undefined;
  return {
    get: (type, stateKey) => {
      const current = state.get(type, stateKey);
      if (current !== undefined && !resolution.isRejected(current.eventId)) return current;
      cited ??= acceptedAuthEvents(resolution, pdu);
      return cited.get(type, stateKey);
    },
  };
}

function acceptedAuthEvents(resolution: Resolution, pdu: Pdu): AuthState {
  const cited: Pdu[] = [];
  for (const authId of authEventIdsOf(pdu)) {
    const event = resolution.isRejected(authId) ? undefined : resolution.events(authId);
    if (event !== undefined) cited.push(event);
  }
  return new FewStateEvents(cited);
}

/** A top-level integer as it was written: numbers above 2^53 may stand in events of versions 1–5. */
export function exactInteger(pdu: Pdu, key: 'depth' | 'origin_server_ts'): number | bigint {
  const number = key === 'depth' ? pdu.depth : pdu.originServerTs;
  if (Number.isSafeInteger(number)) return number;
  const value = own(pdu.raw, key);
  return value instanceof NumberToken ? BigInt(value.text) : number;
}
