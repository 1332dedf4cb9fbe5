/** State resolution of every room version: which state a room has where its history comes together again. */
import type { EventId } from '../ids/event-id.ts';
import type { RoomVersionRules } from '../room-versions.ts';
import { AuthChains, type EventLookup } from './auth-chains.ts';
import type { SharedState } from './resolution.ts';
import { resolveV1 } from './resolve-v1.ts';
import { resolveV2 } from './resolve-v2.ts';
import type { StateMap } from './state-map.ts';

/** What a resolution may be given besides the states and their events. */
export interface ResolveOptions {
  /** Events that were rejected on receipt: they authorise nothing and do not get into the state. None, if left out. */
  readonly isRejected?: (eventId: EventId) => boolean;
  /** The room's index, which makes resolutions after the first cheap. Built for this one, if left out. */
  readonly authChains?: AuthChains;
  /** Makes it possible to give the states without what they share, so that a resolution costs what differs. */
  readonly shared?: SharedState;
}

/**
 * The resolution of a set of states. `events` gives the events of the states and of their auth chains; those it does
 * not know are treated as if nobody had cited them, but stay in the state where all states agree on them. All must be
 * of one room, whose version the rules are.
 *
 * Where `shared` is given the states may leave out what all of them agree on. The result leaves it out too: what it has
 * for keys that none of the given states has counts only where the shared state has nothing for them.
 */
export function resolveState(
  rules: RoomVersionRules,
  stateSets: readonly StateMap[],
  events: EventLookup,
  options: ResolveOptions = {},
): StateMap {
  const [first, second] = stateSets;
  if (first === undefined || second === undefined) return first ?? new Map();
  const { isRejected = () => false, shared } = options;
  const resolution = { events, isRejected, shared };
  if (rules.stateResolution === 'v1') return resolveV1(stateSets, resolution);
  const chains = options.authChains ?? new AuthChains(events);
  const isRevised = rules.stateResolution === 'v2.1';
  return resolveV2({ addsSubgraph: isRevised, startsEmpty: isRevised }, stateSets, resolution, chains);
}
