/** State resolution 1 (room version 1, "State resolution"). */
import { hash } from 'node:crypto';
import { checkAuthAgainstState } from '../auth-rules/check-auth.ts';
import { StateEvents } from '../auth-rules/state-events.ts';
import type { AuthState } from '../auth-rules/auth-state.ts';
import type { Pdu } from '../events.ts';
import { exactInteger, PartialState, type Resolution } from './resolution.ts';
import { splitStates, StateMapBuilder, type ConflictedKey, type StateMap } from './state-map.ts';

/** A key with the events of its conflict, ordered by ascending depth, then descending SHA-1 of their ids. */
interface Conflict {
  readonly key: ConflictedKey;
  readonly events: readonly Pdu[];
}

/**
 * Passes over power levels, join rules, members and the rest. States that merely lack a key do not conflict about it.
 * @NOTE the conflicts of one pass do not see one another's outcome, as in Synapse.
 */
export function resolveV1(states: readonly StateMap[], resolution: Resolution): StateMap {
  const { agreed, conflicted } = splitStates(states, 'agreement');
  const result = new StateMapBuilder().setAll(agreed);
  const state = new PartialState(agreed, resolution.events);
  const conflicts: Conflict[] = [];
  for (const key of conflicted) {
    const events = key.eventIds.map((eventId) => resolution.events(eventId)).filter((pdu) => pdu !== undefined);
    const [first, second] = events;
    if (second !== undefined) conflicts.push({ key, events: sortByDepth(events) });
    // Where the other events are not known there is nothing to decide, and nothing that others could rest on.
    else if (first !== undefined) result.set(key.type, key.stateKey, first.eventId);
  }
  const passes: ((key: ConflictedKey) => boolean)[] = [
    ({ type, stateKey }) => type === 'm.room.power_levels' && stateKey === '',
    ({ type }) => type === 'm.room.join_rules',
    ({ type }) => type === 'm.room.member',
    () => true,
  ];
  const open = new Set(conflicts);
  for (const [pass, isOfPass] of passes.entries()) {
    const decided: Pdu[] = [];
    for (const conflict of open) {
      if (!isOfPass(conflict.key)) continue;
      open.delete(conflict);
      const isLast = pass === passes.length - 1;
      decided.push(...(isLast ? lastAllowed(conflict, state) : lastOfAllowedRun(conflict, state)));
    }
    state.decided.setAll(decided);
  }
  for (const pdu of state.decided) result.set(pdu.type, pdu.stateKey ?? '', pdu.eventId);
  return result.map;
}

/** Each event must be allowed in the state that holds the one before it; the first that is not ends the pass. */
function lastOfAllowedRun({ events }: Conflict, state: AuthState): readonly Pdu[] {
  const [first, ...others] = events;
  if (first === undefined) return [];
  const own = new StateEvents();
  const overlaid: AuthState = { get: (type, stateKey) => own.get(type, stateKey) ?? state.get(type, stateKey) };
  let last = first;
  for (const pdu of others) {
    own.set(last);
    if (!checkAuthAgainstState(pdu, overlaid).allowed) break;
    last = pdu;
  }
  return [last];
}

/**
 * The event with the highest depth and lowest hash that is allowed.
 * @NOTE where none is, the one with the lowest depth stays, as in Synapse; the text is silent.
 */
function lastAllowed({ events }: Conflict, state: AuthState): readonly Pdu[] {
  const allowed = events.findLast((pdu) => checkAuthAgainstState(pdu, state).allowed);
  return [allowed ?? events[0]].filter((pdu) => pdu !== undefined);
}

function sortByDepth(events: readonly Pdu[]): readonly Pdu[] {
  const keyed = events.map((pdu) => ({
    pdu,
    depth: exactInteger(pdu, 'depth'),
    sha1: hash('sha1', pdu.eventId),
  }));
  keyed.sort((a, b) => {
    if (a.depth < b.depth) return -1;
    if (a.depth > b.depth) return 1;
    return a.sha1 > b.sha1 ? -1 : 1;
  });
  return keyed.map(({ pdu }) => pdu);
}
