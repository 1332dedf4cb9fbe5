/** Where several states differ, found out without reading what they share. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import { StateMapBuilder, type StateMap } from '../../protocol/state-resolution/state-map.ts';
import type { StateId } from './ports.ts';
import type { StateEntry, StateKey } from './state-nodes.ts';
import type { StateTrees } from './state-trees.ts';

export interface Conflict {
  /** Each state, without what all of them agree on. */
  readonly maps: readonly StateMap[];
  /** The ids in each of `maps`. */
  readonly eventIdsByState: readonly (readonly EventId[])[];
  /** All of them, each once. */
  readonly eventIds: readonly EventId[];
  /** Entries that all states agree on, of those keys for which there are any. */
  sharedEntries(trees: StateTrees, keys: readonly StateKey[]): Promise<readonly StateEntry[]>;
  allShared(trees: StateTrees): Promise<readonly StateEntry[]>;
  /** The state with these entries where the states differ, and what they share in its place. */
  applyTo(trees: StateTrees, resolved: readonly StateEntry[]): Promise<StateId>;
}

/** The key with its event ids in the states, in their order. */
interface Column extends StateKey {
  readonly eventIds: (EventId | undefined)[];
}

export async function conflictBetween(trees: StateTrees, states: readonly StateId[]): Promise<Conflict> {
  const [base, ...others] = states;
  if (base === undefined) throw new TypeError('there is no state to resolve');
  const columns = new Map<string, Column>();
  for (const [index, other] of others.entries()) {
    for (const { type, stateKey, before, after } of await trees.difference(base, other)) {
      const name = nameOf({ type, stateKey });
      const column = columns.get(name) ?? { type, stateKey, eventIds: states.map(() => before) };
      column.eventIds[index + 1] = after;
      columns.set(name, column);
    }
  }
  const maps = states.map((_, index) => mapOf(columns.values(), index));
  const eventIdsByState = states.map((_, index) =>
    [...columns.values()].flatMap((column) => column.eventIds[index] ?? []),
  );
  const eventIds = [...new Set(eventIdsByState.flat())];
  const isShared = (key: StateKey): boolean => !columns.has(nameOf(key));
  const sharedEntries = async (from: StateTrees, keys: readonly StateKey[]): Promise<readonly StateEntry[]> => {
    const wanted = keys.filter(isShared);
    const found = await from.getMany(base, wanted);
    return wanted.flatMap(({ type, stateKey }, index) => {
      const eventId = found[index];
      return eventId === undefined ? [] : [{ type, stateKey, eventId }];
    });
  };
  const allShared = async (from: StateTrees): Promise<readonly StateEntry[]> =>
    (await from.entries(base)).filter(isShared);
  return {
    ...{ maps, eventIdsByState, eventIds, sharedEntries, allShared },
    applyTo: async (into, resolved) => {
      const taken = new Set((await sharedEntries(into, resolved)).map(nameOf));
      const entries = resolved.filter((entry) => !taken.has(nameOf(entry)));
      const names = new Set(entries.map(nameOf));
      const isGone = [...columns].some(
        ([
          name,
          {
            eventIds: [own],
          },
        ]) => own !== undefined && !names.has(name),
      );
      // Resolution seldom leaves a key without an event.
      if (isGone) return into.build([...(await allShared(into)), ...entries]).id;
      return await into.setAll(base, entries);
    },
  };
}

function mapOf(columns: Iterable<Column>, index: number): StateMap {
  const map = new StateMapBuilder();
  for (const { type, stateKey, eventIds } of columns) {
    const eventId = eventIds[index];
    if (eventId !== undefined) map.set(type, stateKey, eventId);
  }
  return map.map;
}

/** Each key once. */
export function distinctKeys(keys: readonly StateKey[]): readonly StateKey[] {
  return [...new Map(keys.map((key) => [nameOf(key), key])).values()];
}

/** JSON tells all keys apart. */
function nameOf({ type, stateKey }: StateKey): string {
  return JSON.stringify([type, stateKey]);
}
