/** Room states as state resolution takes and gives them. */
import type { EventId } from '../ids/event-id.ts';

/** Event ids by type, then by state key. Types without entries may be left out. */
export type StateMap = ReadonlyMap<string, ReadonlyMap<string, EventId>>;

/** One key of some states that disagree about it, with the ids that they have there, each once. */
export interface ConflictedKey {
  readonly type: string;
  readonly stateKey: string;
  readonly eventIds: readonly EventId[];
}

/** A state under construction. */
export class StateMapBuilder {
  readonly map = new Map<string, Map<string, EventId>>();

  set(type: string, stateKey: string, eventId: EventId): void {
    let ofType = this.map.get(type);
    if (ofType === undefined) {
      ofType = new Map();
      this.map.set(type, ofType);
    }
    ofType.set(stateKey, eventId);
  }

  /** Sets what the other state has, in the place of what was there. */
  setAll(state: StateMap): this {
    for (const [type, ofType] of state) {
      const own = this.map.get(type);
      if (own === undefined) this.map.set(type, new Map(ofType));
      else for (const [stateKey, eventId] of ofType) own.set(stateKey, eventId);
    }
    return this;
  }
}

/** The id that a state has for a key. */
export function stateEntry(state: StateMap, type: string, stateKey: string): EventId | undefined {
  return state.get(type)?.get(stateKey);
}

/** All event ids of a state. */
export function* eventIdsOf(state: StateMap): Generator<EventId> {
  for (const ofType of state.values()) yield* ofType.values();
}

/**
 * Splits states into what all of them agree on and the rest. `whenMissing` says whether a key that some states lack is
 * in conflict: it is in version 2 of the algorithm, in version 1 only different ids are.
 */
export function splitStates(
  states: readonly StateMap[],
  whenMissing: 'conflict' | 'agreement',
): { agreed: StateMap; conflicted: readonly ConflictedKey[] } {
  const agreed = new StateMapBuilder();
  const conflicted: ConflictedKey[] = [];
  const types = new Set(states.flatMap((state) => [...state.keys()]));
  for (const type of types) {
    const columns = states.map((state) => state.get(type));
    const [first] = columns;
    if (first !== undefined && columns.every((column) => column === first)) {
      agreed.map.set(type, new Map(first));
      continue;
    }
    for (const stateKey of keysOf(columns)) {
      const eventIds = valuesOf(columns, stateKey, whenMissing);
      if (typeof eventIds === 'string') agreed.set(type, stateKey, eventIds);
      else conflicted.push({ type, stateKey, eventIds });
    }
  }
  return { agreed: agreed.map, conflicted };
}

function keysOf(columns: readonly (ReadonlyMap<string, EventId> | undefined)[]): Iterable<string> {
  const [first] = columns;
  const isFirstWhole = (column: ReadonlyMap<string, EventId> | undefined): boolean =>
    column === undefined || (first !== undefined && [...column.keys()].every((key) => first.has(key)));
  if (first !== undefined && columns.every(isFirstWhole)) return first.keys();
  const keys = new Set<string>();
  for (const column of columns) for (const key of column?.keys() ?? []) keys.add(key);
  return keys;
}

/** The id that all agree on, or the ids that there are, each once. */
function valuesOf(
  columns: readonly (ReadonlyMap<string, EventId> | undefined)[],
  stateKey: string,
  whenMissing: 'conflict' | 'agreement',
): EventId | readonly EventId[] {
  const eventIds: EventId[] = [];
  let isMissing = false;
  for (const column of columns) {
    const eventId = column?.get(stateKey);
    if (eventId === undefined) isMissing = true;
    else if (!eventIds.includes(eventId)) eventIds.push(eventId);
  }
  const [eventId] = eventIds;
  if (eventIds.length === 1 && eventId !== undefined && !(isMissing && whenMissing === 'conflict')) return eventId;
  return eventIds;
}
