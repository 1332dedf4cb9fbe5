/** The states that one change of a room makes: after its events, and where its history comes together again. */
import type { Pdu } from '../../protocol/events.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import type { ChangeEvents } from './change-events.ts';
import type { StateId, StateNode } from './ports.ts';
import type { Resolutions } from './resolutions.ts';
import { RoomStates } from './room-states.ts';
import type { StateTrees } from './state-trees.ts';

export class ChangeStates extends RoomStates {
  readonly #draft: StateTrees;
  readonly #changed: ChangeEvents;
  readonly #resolutions: Resolutions;
  /** What this change has resolved; for good once it is stored. */
  readonly #resolved = new Map<string, StateId>();

  constructor(trees: StateTrees, events: ChangeEvents, rules: RoomVersionRules, resolutions: Resolutions) {
    const draft = trees.draft();
    super(draft, events, rules);
    this.#draft = draft;
    this.#changed = events;
    this.#resolutions = resolutions;
  }

  /** The state after a state event that was not rejected. */
  async withEvent(state: StateId, pdu: Pdu): Promise<StateId> {
    if (pdu.stateKey === undefined) return state;
    return (await this.#draft.set(state, pdu.type, pdu.stateKey, pdu.eventId)).id;
  }

  build(events: Iterable<Pdu>): StateId {
    return this.#draft.build(
      [...events].map((pdu) => ({ type: pdu.type, stateKey: pdu.stateKey ?? '', eventId: pdu.eventId })),
    ).id;
  }

  /** The one state that several come to (server-server API, "Room State Resolution"). */
  async resolve(states: readonly StateId[]): Promise<StateId> {
    const different = [...new Set(states)].sort();
    const [first] = different;
    if (first === undefined) throw new TypeError('there is no state to resolve');
    if (different.length === 1) return first;
    const name = different.join();
    const known = this.#resolved.get(name) ?? this.#resolutions.find(name);
    if (known !== undefined) return known;
    const resolved = await this.#resolutions.resolve(different, { trees: this.#draft, events: this.#changed });
    this.#resolved.set(name, resolved);
    return resolved;
  }

  /** Nodes that were made for this change. */
  newNodes(): readonly StateNode[] {
    return this.#draft.unstored();
  }

  /** The change and these nodes have been stored. */
  settle(stored: readonly StateNode[]): void {
    this.#draft.markStored(stored);
    this.#resolutions.settle(this.#resolved, this.#changed.added());
  }

  /** The change was not stored: what it has added never was. */
  discard(): void {
    this.#resolutions.forget(this.#changed.added().map(({ pdu }) => pdu.eventId));
  }
}
