/**
 * State resolution 2 (room version 2, "State resolution") and 2.1 (room version 12, MSC4297), which differ in what is
 * resolved anew and in the state that this starts from.
 */
import type { Pdu } from '../events.ts';
import type { EventId } from '../ids/event-id.ts';
import type { AuthChains } from './auth-chains.ts';
import { sortByMainline } from './mainline-order.ts';
import { sortPowerEvents } from './power-order.ts';
import { applyAllowed, PartialState, unconflicted, type Resolution } from './resolution.ts';
import { eventIdsOf, splitStates, stateEntry, StateMapBuilder, type StateMap } from './state-map.ts';

/** What version 2.1 changes. */
export interface Revision {
  /** The full conflicted set includes the conflicted state subgraph. */
  readonly addsSubgraph: boolean;
  /** The iterative auth checks start from an empty state, not from the unconflicted one. */
  readonly startsEmpty: boolean;
}

/** Steps 1–5 of the algorithm. */
export function resolveV2(
  revision: Revision,
  states: readonly StateMap[],
  resolution: Resolution,
  chains: AuthChains,
): StateMap {
  const { agreed, conflicted } = splitStates(states, 'conflict');
  if (conflicted.length === 0) return agreed;
  const conflictedIds = [...new Set(conflicted.flatMap(({ eventIds }) => eventIds))];
  const rests = states.map((state) =>
    conflicted
      .map(({ type, stateKey }) => stateEntry(state, type, stateKey))
      .filter((eventId) => eventId !== undefined),
  );
  const isShared = resolution.shared?.isInChain ?? (() => false);
  const difference = chains.difference([...eventIdsOf(agreed)], rests).filter((eventId) => !isShared(eventId));
  const subgraph = revision.addsSubgraph ? chains.subgraph(conflictedIds) : [];
  const full = knownEvents([...conflictedIds, ...difference, ...subgraph], resolution);
  const state = new PartialState(
    revision.startsEmpty ? new Map() : unconflicted(agreed, resolution),
    resolution.events,
  );
  // 1. The power events of the full conflicted set, with what of their auth chains is in the set too.
  const powerEvents = sortPowerEvents(full, resolution.events);
  // 2. Apply the iterative auth checks algorithm to them.
  applyAllowed(resolution, powerEvents, state);
  // 3. Order the remaining events by the mainline of the power levels just resolved.
  for (const { eventId } of powerEvents) full.delete(eventId);
  const others = sortByMainline(full.values(), state.get('m.room.power_levels', ''), resolution.events);
  // 4. Apply the iterative auth checks algorithm to them.
  applyAllowed(resolution, others, state);
  // 5. The unconflicted state replaces what was resolved for its keys.
  const result = new StateMapBuilder();
  for (const pdu of state.decided) result.set(pdu.type, pdu.stateKey ?? '', pdu.eventId);
  return result.setAll(agreed).map;
}

function knownEvents(eventIds: readonly EventId[], { events }: Resolution): Map<EventId, Pdu> {
  const known = new Map<EventId, Pdu>();
  for (const eventId of eventIds) {
    const pdu = known.has(eventId) ? undefined : events(eventId);
    if (pdu !== undefined) known.set(eventId, pdu);
  }
  return known;
}
