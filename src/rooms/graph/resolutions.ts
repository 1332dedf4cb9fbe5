/** Resolving a room's states: which have been resolved before, and the index of auth chains that makes it cheap. */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { AuthChains } from '../../protocol/state-resolution/auth-chains.ts';
import { resolveState } from '../../protocol/state-resolution/resolve-state.ts';
import { eventIdsOf, StateMapBuilder, type StateMap as StateIds } from '../../protocol/state-resolution/state-map.ts';
import type { ChangeEvents } from './change-events.ts';
import { withAuthChains, type KnownEvent } from './graph-events.ts';
import type { StateId } from './ports.ts';
import type { StateTrees } from './state-trees.ts';

/** The index of auth chains is dropped when it has grown to so many events, and built again when needed. */
const MAX_INDEXED_EVENTS = 200_000;
const REMEMBERED = 100;

export class Resolutions {
  readonly #rules: RoomVersionRules;
  /** What the auth chain index reads from; filled before each resolution. */
  #loaded = new Map<EventId, KnownEvent>();
  #chains: AuthChains | undefined;
  /** By the ids of the states that were resolved; of stored states only. */
  readonly #resolved = new Map<string, StateId>();

  constructor(rules: RoomVersionRules) {
    this.#rules = rules;
  }

  find(name: string): StateId | undefined {
    return this.#resolved.get(name);
  }

  /** Of different states. */
  async resolve(states: readonly StateId[], trees: StateTrees, events: ChangeEvents): Promise<StateId> {
    const maps = await Promise.all(states.map((state) => idsOf(trees, state)));
    if (this.#loaded.size > MAX_INDEXED_EVENTS) {
      this.#loaded = new Map();
      this.#chains = undefined;
    }
    const wanted = maps.flatMap((map) => [...eventIdsOf(map)]).filter((eventId) => !this.#loaded.has(eventId));
    for (const [eventId, known] of await withAuthChains(events, wanted)) this.#loaded.set(eventId, known);
    const lookup = (eventId: EventId): Pdu | undefined => this.#loaded.get(eventId)?.pdu;
    this.#chains ??= new AuthChains((eventId) => this.#loaded.get(eventId)?.pdu);
    const isRejected = (eventId: EventId): boolean => this.#loaded.get(eventId)?.record.isRejected ?? false;
    const resolved = resolveState(this.#rules, maps, lookup, { authChains: this.#chains, isRejected });
    const entries: { type: string; stateKey: string; eventId: EventId }[] = [];
    for (const [type, ofType] of resolved) {
      for (const [stateKey, eventId] of ofType) entries.push({ type, stateKey, eventId });
    }
    return trees.build(entries).id;
  }

  /** A change is stored: what it has resolved holds for good, and what it added is as it is now. */
  settle(resolved: ReadonlyMap<string, StateId>, added: readonly KnownEvent[]): void {
    if (this.#resolved.size + resolved.size > REMEMBERED) this.#resolved.clear();
    for (const [name, state] of resolved) this.#resolved.set(name, state);
    for (const known of added) {
      if (this.#loaded.has(known.pdu.eventId)) this.#loaded.set(known.pdu.eventId, known);
    }
  }

  /** These events were never stored. */
  forget(eventIds: readonly EventId[]): void {
    if (!eventIds.some((eventId) => this.#loaded.has(eventId))) return;
    for (const eventId of eventIds) this.#loaded.delete(eventId);
    this.#chains = undefined;
  }
}

async function idsOf(trees: StateTrees, state: StateId): Promise<StateIds> {
  const map = new StateMapBuilder();
  for (const { type, stateKey, eventId } of await trees.entries(state)) map.set(type, stateKey, eventId);
  return map.map;
}
