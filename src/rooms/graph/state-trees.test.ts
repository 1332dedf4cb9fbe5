import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventIdOfHash, type EventId } from '../../protocol/ids/event-id.ts';
import type { StateId, StateNode } from './ports.ts';
import type { StateEntry } from './state-nodes.ts';
import { EMPTY_STATE, StateTrees } from './state-trees.ts';

class NodeStore {
  readonly nodes = new Map<StateId, string>();
  readonly loaded: StateId[] = [];

  async stateNodes(ids: readonly StateId[]): Promise<ReadonlyMap<StateId, string>> {
    this.loaded.push(...ids);
    return new Map(
      ids.flatMap((id): [StateId, string][] => {
        const text = this.nodes.get(id);
        return text === undefined ? [] : [[id, text]];
      }),
    );
  }

  put(nodes: readonly StateNode[]): void {
    for (const { id, text } of nodes) this.nodes.set(id, text);
  }
}

function keyOf({ type, stateKey }: { type: string; stateKey: string }): string {
  return JSON.stringify([type, stateKey]);
}

function byKey(entries: Iterable<StateEntry>): Map<string, EventId> {
  return new Map([...entries].map((entry) => [keyOf(entry), entry.eventId]));
}

function member(n: number, change = ''): StateEntry {
  return { type: 'm.room.member', stateKey: `@user${n}:example.org`, eventId: eventIdOfHash(`join${n}${change}`) };
}

function members(count: number): StateEntry[] {
  return Array.from({ length: count }, (_, n) => member(n));
}

const words = fc.oneof(
  fc.constantFrom('', 'm.room.member', '__proto__', '\u0000', '\ud800', '\udc00', '/', 'a","b'),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
);
const entry = fc.record({ type: words, stateKey: words, eventId: fc.nat(99).map((n) => eventIdOfHash(String(n))) });
const entryList = fc.oneof(
  fc.uniqueArray(entry, { selector: keyOf, maxLength: 60 }),
  fc.subarray(members(300), { minLength: 15 }),
);

/** A store that has the state, and trees that know nothing of it yet. */
function stored(...states: readonly (readonly StateEntry[])[]): {
  ids: StateId[];
  store: NodeStore;
  trees: StateTrees;
} {
  const store = new NodeStore();
  const ids = states.map((state) => {
    const { id, nodes } = new StateTrees(store).build(state);
    store.put(nodes);
    return id;
  });
  return { ids, store, trees: new StateTrees(store) };
}

describe('the id of a state', () => {
  it('depends on the entries, not on the order in which they came', async () => {
    const shuffled = entryList.chain((entries) =>
      fc.tuple(
        fc.constant(entries),
        fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([entries, other]) => {
        const trees = new StateTrees(new NodeStore());
        const { id } = trees.build(entries);
        assert.equal(new StateTrees(new NodeStore()).build(other).id, id);
        let one = EMPTY_STATE;
        for (const { type, stateKey, eventId } of other) {
          one = (await trees.set(one, type, stateKey, earlierId(stateKey))).id;
          one = (await trees.set(one, type, stateKey, eventId)).id;
        }
        assert.equal(one, id);
      }),
      { numRuns: 100 },
    );
  });

  it('differs where anything differs', () => {
    fc.assert(
      fc.property(entryList, entryList, (a, b) => {
        const trees = new StateTrees(new NodeStore());
        const isEqual = JSON.stringify([...byKey(a)].sort()) === JSON.stringify([...byKey(b)].sort());
        assert.equal(trees.build(a).id === trees.build(b).id, isEqual);
      }),
      { numRuns: 200 },
    );
  });

  it('is that of the empty state where there are no entries', async () => {
    const trees = new StateTrees(new NodeStore());
    assert.deepEqual(trees.build([]), { id: EMPTY_STATE, nodes: [] });
    assert.deepEqual(await trees.entries(EMPTY_STATE), []);
    assert.equal(await trees.get(EMPTY_STATE, 'm.room.create', ''), undefined);
  });

  it('stays the same from release to release', () => {
    assert.equal(EMPTY_STATE, 'T1PNoYwrqgwDVLtfmj7L5Q');
    assert.equal(new StateTrees(new NodeStore()).build(members(100)).id, 'fuaI0yfN1FnCDklUIv1mmQ');
  });
});

function earlierId(text: string): EventId {
  return eventIdOfHash(`before ${text}`);
}

describe('a stored state', () => {
  it('has the entries of a map', async () => {
    await fc.assert(
      fc.asyncProperty(entryList, fc.array(entry, { maxLength: 5 }), async (entries, others) => {
        const { ids, store, trees } = stored(entries);
        const root = ids[0] ?? EMPTY_STATE;
        const expected = byKey(entries);
        const keys = [...entries, ...others];
        const wanted = keys.map((key) => expected.get(keyOf(key)));
        assert.deepEqual(await trees.getMany(root, keys), wanted);
        for (const [i, { type, stateKey }] of keys.entries()) {
          assert.equal(await new StateTrees(store).get(root, type, stateKey), wanted[i]);
        }
        const found = await new StateTrees(store).entries(root);
        assert.equal(found.length, entries.length);
        assert.deepEqual(byKey(found), expected);
      }),
      { numRuns: 100 },
    );
  });

  it('differs from another as maps do', async () => {
    await fc.assert(
      fc.asyncProperty(entryList, entryList, async (a, b) => {
        const { ids, trees } = stored(a, b);
        const [before, after] = [byKey(a), byKey(b)];
        const expected = [...new Set([...before.keys(), ...after.keys()])]
          .filter((key) => before.get(key) !== after.get(key))
          .map((key) => [key, before.get(key), after.get(key)]);
        const found = await trees.difference(ids[0] ?? EMPTY_STATE, ids[1] ?? EMPTY_STATE);
        assert.deepEqual(found.map((one) => [keyOf(one), one.before, one.after]).sort(), expected.sort());
      }),
      { numRuns: 200 },
    );
  });

  it('counts the last of equal keys', async () => {
    const trees = new StateTrees(new NodeStore());
    const { id } = trees.build([member(1, 'first'), member(2), member(1, 'second')]);
    assert.equal(await trees.get(id, 'm.room.member', '@user1:example.org'), '$join1second');
    assert.equal((await trees.entries(id)).length, 2);
  });

  it('makes nodes only on the path to what changes', async () => {
    const { ids, store, trees } = stored(members(20_000));
    const root = ids[0] ?? EMPTY_STATE;
    const { type, stateKey, eventId } = member(77, 'again');
    const { id, nodes } = await trees.set(root, type, stateKey, eventId);
    assert.equal(nodes.length, 4);
    assert.equal(store.loaded.length, 4);
    assert.deepEqual(await trees.set(root, type, stateKey, member(77).eventId), { id: root, nodes: [] });
    assert.notEqual(id, root);
  });

  it('is compared by loading only the nodes that differ', async () => {
    const all = members(20_000);
    const { ids, store } = stored(all, [...all.filter((_, n) => n !== 5), member(77, 'again'), member(30_000)]);
    const [before = EMPTY_STATE, after = EMPTY_STATE] = ids;
    const trees = new StateTrees(store);
    assert.equal((await trees.difference(before, after)).length, 3);
    // The root, and three nodes below it on each of three paths, on both sides.
    assert.ok(store.loaded.length <= 2 * (1 + 3 * 3), `${store.loaded.length} nodes were loaded`);
    store.loaded.length = 0;
    assert.deepEqual(await new StateTrees(store).difference(before, before), []);
    assert.equal(store.loaded.length, 0);
  });

  it('is compared with a smaller one by splitting that', async () => {
    const { ids, store, trees } = stored(members(16), members(17));
    assert.deepEqual(await trees.difference(ids[0] ?? EMPTY_STATE, ids[1] ?? EMPTY_STATE), [
      { type: 'm.room.member', stateKey: '@user16:example.org', before: undefined, after: '$join16' },
    ]);
    assert.equal(store.loaded.length, 3);
  });
});

describe('nodes that are not stored yet', () => {
  it('stay until they are, and may be forgotten then', async () => {
    const store = new NodeStore();
    const trees = new StateTrees(store, { cachedCharacters: 1 });
    const nodes: StateNode[] = [];
    let id = EMPTY_STATE;
    for (const { type, stateKey, eventId } of members(40)) {
      const changed = await trees.set(id, type, stateKey, eventId);
      id = changed.id;
      nodes.push(...changed.nodes);
    }
    assert.deepEqual(store.loaded, []);
    store.put(nodes);
    trees.markStored(nodes);
    assert.equal((await trees.entries(id)).length, 40);
    assert.notDeepEqual(store.loaded, []);
  });

  it('are given again until they are stored, and not afterwards', () => {
    const trees = new StateTrees(new NodeStore());
    const first = trees.build(members(40));
    assert.deepEqual(trees.build(members(40)), first);
    trees.markStored(first.nodes);
    assert.deepEqual(trees.build(members(40)), { id: first.id, nodes: [] });
  });

  it('are missed with a clear error where they were lost', async () => {
    const { id } = new StateTrees(new NodeStore()).build(members(1));
    await assert.rejects(new StateTrees(new NodeStore()).entries(id), {
      message: `storage has no node ${id} of a room's state`,
    });
  });
});
