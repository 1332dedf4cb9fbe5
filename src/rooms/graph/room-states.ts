/** States at places in a room's graph, as readers look them up. Those that a change makes are `change-states.ts`. */
import { selectAuthEvents, type SelectionDraft } from '../../protocol/auth-rules/select-auth-events.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { StateMapBuilder, type StateMap as StateIds } from '../../protocol/state-resolution/state-map.ts';
import { StateMap } from '../state-map.ts';
import type { EventSource, KnownEvent } from './graph-events.ts';
import type { StateId } from './ports.ts';
import type { StateDifference, StateTrees } from './state-trees.ts';

export class RoomStates {
  readonly #trees: StateTrees;
  readonly #events: EventSource;
  readonly #rules: RoomVersionRules;

  constructor(trees: StateTrees, events: EventSource, rules: RoomVersionRules) {
    this.#trees = trees;
    this.#events = events;
    this.#rules = rules;
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

  async difference(before: StateId, after: StateId): Promise<readonly StateDifference[]> {
    return before === after ? [] : await this.#trees.difference(before, after);
  }
}
