/** State resolution 1 (room version 1, "State resolution"). */
import { hash } from 'node:crypto';
import { checkAuthAgainstState } from '../auth-rules/check-auth.ts';
import { StateEvents } from '../auth-rules/state-events.ts';
import type { AuthState } from '../auth-rules/auth-state.ts';
import type { Pdu } from '../events.ts';
import { exactInteger, PartialState, unconflicted, type Resolution } from './resolution.ts';
import { splitStates, StateMapBuilder, type ConflictedKey, type StateMap } from './state-map.ts';

/** A key with the events of its conflict, ordered by ascending depth, then descending SHA-1 of their ids. */
interface Conflict {
  readonly key: ConflictedKey;
  readonly events: readonly [Pdu, ...Pdu[]];
}

/** What the other state rests on, in the order in which it is decided. */
const AUTH_PASSES: readonly ((conflict: Conflict) => boolean)[] = [
  ({ key }) => key.type === 'm.room.power_levels' && key.stateKey === '',
  ({ key }) => key.type === 'm.room.join_rules',
  ({ key }) => key.type === 'm.room.member',
];

/**
 * Passes over power levels, join rules, members and the rest. States that merely lack a key do not conflict about it.
 * @NOTE the conflicts of one pass do not see one another's outcome, as in Synapse.
 */
export function resolveV1(states: readonly StateMap[], resolution: Resolution): StateMap {
  const { agreed, conflicted } = splitStates(states, 'agreement');
  const result = new StateMapBuilder().setAll(agreed);
  const state = new PartialState(unconflicted(agreed, resolution), resolution.events);
  const conflicts: Conflict[] = [];
  for (const key of conflicted) {
    const events = key.eventIds.map((eventId) => resolution.events(eventId)).filter((pdu) => pdu !== undefined);
    const [first, ...others] = sortByDepth(events);
    if (first === undefined) continue;
    // Where the other events are not known there is nothing to decide, and nothing that others could rest on.
    if (others.length === 0) result.set(key.type, key.stateKey, first.eventId);
    else conflicts.push({ key, events: [first, ...others] });
  }
  let open: readonly Conflict[] = conflicts;
  for (const isOfPass of AUTH_PASSES) {
    const [now, later] = [open.filter(isOfPass), open.filter((conflict) => !isOfPass(conflict))];
    state.decided.setAll(now.map((conflict) => lastOfAllowedRun(conflict, state)));
    open = later;
  }
  state.decided.setAll(open.map((conflict) => lastAllowed(conflict, state)));
  for (const pdu of state.decided) result.set(pdu.type, pdu.stateKey ?? '', pdu.eventId);
  return result.map;
}

/** Each event must be allowed in the state that holds the one before it; the first that is not ends the pass. */
function lastOfAllowedRun({ events: [first, ...others] }: Conflict, state: AuthState): Pdu {
  let last = first;
  const own = new StateEvents();
  const overlaid: AuthState = { get: (type, stateKey) => own.get(type, stateKey) ?? state.get(type, stateKey) };
  for (const pdu of others) {
    own.set(last);
    if (!checkAuthAgainstState(pdu, overlaid).allowed) break;
    last = pdu;
  }
  return last;
}

/**
 * The event with the highest depth and lowest hash that is allowed.
 * @NOTE where none is, the one with the lowest depth stays, as in Synapse; the text is silent.
 */
function lastAllowed({ events }: Conflict, state: AuthState): Pdu {
  return events.findLast((pdu) => checkAuthAgainstState(pdu, state).allowed) ?? events[0];
}

function sortByDepth(events: readonly Pdu[]): readonly Pdu[] {
  const keyed = events.map((pdu) => ({
    pdu,
    depth: exactInteger(pdu, 'depth'),
    sha1: sha1Of(pdu),
  }));
  keyed.sort((a, b) => {
    if (a.depth < b.depth) return -1;
    if (a.depth > b.depth) return 1;
    return a.sha1 > b.sha1 ? -1 : 1;
  });
  return keyed.map(({ pdu }) => pdu);
}

const sha1s = new WeakMap<Pdu, string>();

function sha1Of(pdu: Pdu): string {
  const sha1 = sha1s.get(pdu) ?? hash('sha1', pdu.eventId);
  sha1s.set(pdu, sha1);
  return sha1;
}
