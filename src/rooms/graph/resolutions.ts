/**
 * Resolving a room's states: which have been resolved before, and the index of auth chains that makes it cheap. States
 * are compared as trees, so that a resolution costs what differs between them, not what they hold.
 */
import { selectAuthEvents } from '../../protocol/auth-rules/select-auth-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { AuthChains } from '../../protocol/state-resolution/auth-chains.ts';
import { resolveState } from '../../protocol/state-resolution/resolve-state.ts';
import { StateMapBuilder } from '../../protocol/state-resolution/state-map.ts';
import { withAuthChains, type EventSource, type KnownEvent } from './graph-events.ts';
import type { StateId } from './ports.ts';
import { conflictBetween, distinctKeys, type Conflict } from './state-conflict.ts';
import type { StateEntry, StateKey } from './state-nodes.ts';
import type { StateTrees } from './state-trees.ts';

/** The index of auth chains is dropped when it has grown to so many events, and built again when needed. */
const MAX_INDEXED_EVENTS = 200_000;
const REMEMBERED = 100;
/** What the authorisation rules look at for nearly every event. */
const COMMON_KEYS: readonly StateKey[] = ['m.room.create', 'm.room.power_levels', 'm.room.join_rules'].map((type) => ({
  type,
  stateKey: '',
}));

interface Sources {
  readonly trees: StateTrees;
  readonly events: EventSource;
}

export class Resolutions {
  readonly #rules: RoomVersionRules;
  /** What the auth chain index reads from; filled before each resolution. */
  #loaded = new Map<EventId, KnownEvent>();
  #chains = this.#newChains();
  /** By the ids of the states that were resolved; of stored states only. */
  readonly #resolved = new Map<string, StateId>();

  constructor(rules: RoomVersionRules) {
    this.#rules = rules;
  }

  find(name: string): StateId | undefined {
    return this.#resolved.get(name);
  }

  readonly #lookup = (eventId: EventId): Pdu | undefined => this.#loaded.get(eventId)?.pdu;

  #newChains(): AuthChains {
    return new AuthChains((eventId) => this.#loaded.get(eventId)?.pdu);
  }

  /** Of different states. */
  async resolve(states: readonly StateId[], sources: Sources): Promise<StateId> {
    const { trees, events } = sources;
    if (this.#loaded.size > MAX_INDEXED_EVENTS) {
      this.#loaded = new Map();
      this.#chains = this.#newChains();
    }
    const conflict = await conflictBetween(trees, states);
    await this.#load(events, conflict.eventIds);
    const difference =
      this.#rules.stateResolution === 'v1' ? [] : this.#chains.difference([], conflict.eventIdsByState);
    const shared = await this.#sharedAuthState(conflict, difference, sources);
    const inChain = await this.#inSharedChain(conflict, difference, shared, sources);
    const isRejected = (eventId: EventId): boolean => this.#loaded.get(eventId)?.record.isRejected ?? false;
    const state = new StateMapBuilder();
    for (const { type, stateKey, eventId } of shared) state.set(type, stateKey, eventId);
    const resolved = resolveState(this.#rules, conflict.maps, this.#lookup, {
      ...{ authChains: this.#chains, isRejected },
      shared: { state: state.map, isInChain: (eventId) => inChain.has(eventId) },
    });
    const entries: StateEntry[] = [];
    for (const [type, ofType] of resolved) {
      for (const [stateKey, eventId] of ofType) entries.push({ type, stateKey, eventId });
    }
    return await conflict.applyTo(trees, entries);
  }

  async #load(events: EventSource, eventIds: readonly EventId[]): Promise<void> {
    const wanted = eventIds.filter((eventId) => !this.#loaded.has(eventId));
    if (wanted.length === 0) return;
    for (const [eventId, known] of await withAuthChains(events, wanted)) this.#loaded.set(eventId, known);
  }

  /** Of what the states agree on those entries that the authorisation rules look at for the events to be resolved. */
  async #sharedAuthState(
    conflict: Conflict,
    difference: readonly EventId[],
    { trees, events }: Sources,
  ): Promise<readonly StateEntry[]> {
    const keys = [...conflict.eventIds, ...difference].flatMap((eventId) => {
      const pdu = this.#lookup(eventId);
      return pdu === undefined ? [] : selectAuthEvents(pdu, this.#rules);
    });
    const entries = await conflict.sharedEntries(trees, distinctKeys([...COMMON_KEYS, ...keys]));
    await this.#load(
      events,
      entries.map(({ eventId }) => eventId),
    );
    return entries;
  }

  /**
   * Which events of the auth difference do not differ after all, since what the states agree on rests on them. Mostly the
   * few entries that authorise others show it; for what is left all the state is looked at.
   */
  async #inSharedChain(
    conflict: Conflict,
    difference: readonly EventId[],
    shared: readonly StateEntry[],
    { trees, events }: Sources,
  ): Promise<ReadonlySet<EventId>> {
    const conflicted = new Set(conflict.eventIds);
    const found = new Set<EventId>();
    const open = (): EventId[] => difference.filter((eventId) => !conflicted.has(eventId) && !found.has(eventId));
    const search = (among: readonly EventId[]): void => {
      for (const eventId of this.#chains.within(open(), among)) found.add(eventId);
    };
    if (open().length > 0) search(shared.map(({ eventId }) => eventId));
    if (open().length > 0) {
      const own = open().flatMap((eventId) => this.#lookup(eventId) ?? []);
      const keys = own.map(({ type, stateKey = '' }) => ({ type, stateKey }));
      search((await conflict.sharedEntries(trees, distinctKeys(keys))).map(({ eventId }) => eventId));
    }
    if (open().length > 0) {
      const all = (await conflict.allShared(trees)).map(({ eventId }) => eventId);
      await this.#load(events, all);
      search(all);
    }
    return found;
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
    this.#chains = this.#newChains();
  }
}
