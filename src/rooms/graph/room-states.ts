/** States at places in a room's graph: what lies before an event, after it, and the resolution of several states. */
import { selectAuthEvents, type SelectionDraft } from '../../protocol/auth-rules/select-auth-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { AuthChains } from '../../protocol/state-resolution/auth-chains.ts';
import { resolveState } from '../../protocol/state-resolution/resolve-state.ts';
import { eventIdsOf, StateMapBuilder, type StateMap as StateIds } from '../../protocol/state-resolution/state-map.ts';
import { StateMap } from '../state-map.ts';
import type { GraphEvents, KnownEvent } from './graph-events.ts';
import type { StateId, StateNode } from './ports.ts';
import type { StateTrees } from './state-trees.ts';

/** The index of auth chains is dropped when it has grown to so many events, and built again when needed. */
const MAX_INDEXED_EVENTS = 200_000;

export class RoomStates {
  readonly #trees: StateTrees;
  readonly #events: GraphEvents;
  readonly #rules: RoomVersionRules;
  /** What the auth chain index reads from; filled before each resolution. */
  #loaded = new Map<EventId, KnownEvent>();
  #chains: AuthChains | undefined;
  #newNodes: StateNode[] = [];
  readonly #resolved = new Map<string, StateId>();

  constructor(trees: StateTrees, events: GraphEvents, rules: RoomVersionRules) {
    this.#trees = trees;
    this.#events = events;
    this.#rules = rules;
  }

  /** The state after a state event that was not rejected. */
  async withEvent(state: StateId, pdu: Pdu): Promise<StateId> {
    if (pdu.stateKey === undefined) return state;
    const { id, nodes } = await this.#trees.set(state, pdu.type, pdu.stateKey, pdu.eventId);
    this.#newNodes.push(...nodes);
    return id;
  }

  build(events: Iterable<Pdu>): StateId {
    const entries = [...events].map((pdu) => ({ type: pdu.type, stateKey: pdu.stateKey ?? '', eventId: pdu.eventId }));
    const { id, nodes } = this.#trees.build(entries);
    this.#newNodes.push(...nodes);
    return id;
  }

  /** The one state that several come to (server-server API, "Room State Resolution"). */
  async resolve(states: readonly StateId[]): Promise<StateId> {
    const different = [...new Set(states)].sort();
    const [first] = different;
    if (first === undefined) throw new TypeError('there is no state to resolve');
    if (different.length === 1) return first;
    const name = different.join();
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const resolved = await this.#resolveAnew(different);
    if (this.#resolved.size >= 100) this.#resolved.clear();
    this.#resolved.set(name, resolved);
    return resolved;
  }

  async #resolveAnew(states: readonly StateId[]): Promise<StateId> {
    const maps = await Promise.all(states.map((state) => this.idsOf(state)));
    if (this.#loaded.size > MAX_INDEXED_EVENTS) {
      this.#loaded = new Map();
      this.#chains = undefined;
    }
    const wanted = maps.flatMap((map) => [...eventIdsOf(map)]).filter((eventId) => !this.#loaded.has(eventId));
    for (const [eventId, known] of await this.#events.withAuthChains(wanted)) this.#loaded.set(eventId, known);
    const lookup = (eventId: EventId): Pdu | undefined => this.#loaded.get(eventId)?.pdu;
    this.#chains ??= new AuthChains((eventId) => this.#loaded.get(eventId)?.pdu);
    const isRejected = (eventId: EventId): boolean => this.#loaded.get(eventId)?.record.isRejected ?? false;
    const resolved = resolveState(this.#rules, maps, lookup, { authChains: this.#chains, isRejected });
    const entries: { type: string; stateKey: string; eventId: EventId }[] = [];
    for (const [type, ofType] of resolved) {
      for (const [stateKey, eventId] of ofType) entries.push({ type, stateKey, eventId });
    }
    const { id, nodes } = this.#trees.build(entries);
    this.#newNodes.push(...nodes);
    return id;
  }

  /** All event ids of a state. */
  async idsOf(state: StateId): Promise<StateIds> {
    const map = new StateMapBuilder();
    for (const { type, stateKey, eventId } of await this.#trees.entries(state)) map.set(type, stateKey, eventId);
    return map.map;
  }

  /** The event that a state has for a key. */
  async event(state: StateId, type: string, stateKey: string): Promise<KnownEvent | undefined> {
    const eventId = await this.#trees.get(state, type, stateKey);
    return eventId === undefined ? undefined : await this.#events.get(eventId);
  }

  /** The few events of a state that the auth rules look at for an event, the create event among them. */
  async authStateFor(state: StateId, draft: SelectionDraft): Promise<StateMap> {
    const keys = [...selectAuthEvents(draft, this.#rules), { type: 'm.room.create', stateKey: '' }];
    const ids = await this.#trees.getMany(state, keys);
    const events = await this.#events.many(ids.filter((eventId) => eventId !== undefined));
    const map = new StateMap();
    for (const { pdu } of events.values()) map.put(pdu);
    return map;
  }

  async difference(before: StateId, after: StateId): Promise<Awaited<ReturnType<StateTrees['difference']>>> {
    return before === after ? [] : await this.#trees.difference(before, after);
  }

  /** Nodes that were made and are not stored yet, as of now: readers may make more at any time. */
  newNodes(): readonly StateNode[] {
    return [...this.#newNodes];
  }

  /** Those of `newNodes` that have been stored. */
  settle(stored: readonly StateNode[]): void {
    this.#trees.markStored(stored);
    const ids = new Set(stored);
    this.#newNodes = this.#newNodes.filter((node) => !ids.has(node));
  }

  /** Events of a change that could not be stored; its nodes stay in memory and are stored with the next one. */
  invalidate(eventIds: Iterable<EventId>): void {
    for (const eventId of eventIds) this.#loaded.delete(eventId);
    this.#chains = undefined;
    this.#resolved.clear();
  }
}
