/**
 * States of rooms as persistent trees with shared structure. A node's id is the hash of its text, and the shape follows
 * from the entries alone, so that equal states have equal ids and a change makes new nodes only on its path.
 *
 * A subtree of up to 16 entries is a bucket, sorted by key; a larger one branches by the next nibble of its keys' hashes.
 */
import { LRUCache } from 'lru-cache';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { GraphStore, StateId, StateNode } from './ports.ts';
import {
  bucketNode,
  branchNode,
  compareKeys,
  hashedEntry,
  hashOfKey,
  inBucket,
  nibble,
  NO_ENTRIES,
  parseNode,
  splitByNibble,
  textOfNode,
  BUCKET_SIZE,
  type HashedEntry,
  type StateEntry,
  type StateKey,
  type TreeNode,
} from './state-nodes.ts';

export interface StateDifference extends StateKey {
  readonly before: EventId | undefined;
  readonly after: EventId | undefined;
}

interface BuiltNode extends StateNode {
  readonly node: TreeNode;
}

/** The state with nothing in it, as before a create event. It has no node in storage. */
export const EMPTY_STATE: StateId = NO_ENTRIES.id;

/** Nodes asked of storage at once. */
const LOAD_CHUNK = 500;

export class StateTrees {
  readonly #store: Pick<GraphStore, 'stateNodes'>;
  /** Stored nodes, weighed by their text. */
  readonly #cache: LRUCache<StateId, BuiltNode>;
  /** Nodes that storage does not have yet: they stay until `markStored`. */
  readonly #unstored = new Map<StateId, BuiltNode>();

  constructor(
    store: Pick<GraphStore, 'stateNodes'>,
    { cachedCharacters = 8_000_000, cache }: { cachedCharacters?: number; cache?: LRUCache<StateId, BuiltNode> } = {},
  ) {
    this.#store = store;
    this.#cache = cache ?? new LRUCache({ maxSize: cachedCharacters, sizeCalculation: ({ text }) => text.length });
  }

  /** The same trees, for one change: what is made there is known there alone, and gone with it, until it is stored. */
  draft(): StateTrees {
    return new StateTrees(this.#store, { cache: this.#cache });
  }

  /** Nodes that were made here and that storage is not known to have. */
  unstored(): readonly StateNode[] {
    return [...this.#unstored.values()].map(toStateNode);
  }

  async get(root: StateId, type: string, stateKey: string): Promise<EventId | undefined> {
    return (await this.getMany(root, [{ type, stateKey }]))[0];
  }

  /** In the order of the keys. */
  async getMany(root: StateId, keys: readonly StateKey[]): Promise<readonly (EventId | undefined)[]> {
    const found = new Array<EventId | undefined>(keys.length).fill(undefined);
    let searches = keys.map((key, index) => ({ key, index, id: root, hash: hashOfKey(key) }));
    for (let depth = 0; searches.length > 0; depth += 1) {
      const nodes = await this.#load(searches.map(({ id }) => id));
      searches = searches.flatMap((search) => {
        const node = nodeIn(nodes, search.id);
        if (node.kind === 'bucket') {
          found[search.index] = inBucket(node.entries, search.key)?.eventId;
          return [];
        }
        const id = node.children[nibble(search.hash, depth)];
        return id === undefined ? [] : [{ ...search, id }];
      });
    }
    return found;
  }

  /** The state with one entry put or replaced, and the nodes that storage is not known to have. */
  async set(
    root: StateId,
    type: string,
    stateKey: string,
    eventId: EventId,
  ): Promise<{ id: StateId; nodes: readonly StateNode[] }> {
    const entry = hashedEntry({ type, stateKey, eventId });
    const path: (readonly (StateId | undefined)[])[] = [];
    let entries: readonly StateEntry[] = [];
    for (let id: StateId | undefined = root; id !== undefined;) {
      const node: TreeNode = nodeIn(await this.#load([id]), id);
      if (node.kind === 'bucket') {
        entries = node.entries;
        break;
      }
      path.push(node.children);
      id = node.children[nibble(entry.hash, path.length - 1)];
    }
    if (inBucket(entries, entry)?.eventId === eventId) return { id: root, nodes: [] };
    const changed = [...entries.filter((other) => compareKeys(other, entry) !== 0).map(hashedEntry), entry];
    const built: BuiltNode[] = [];
    let id = this.#buildSubtree(changed.sort(compareKeys), path.length, built);
    for (let depth = path.length - 1; depth >= 0; depth -= 1) {
      const children = path[depth] ?? [];
      id = this.#keep(branchNode(children.with(nibble(entry.hash, depth), id)), built);
    }
    return { id, nodes: built.map(toStateNode) };
  }

  /** The state with these entries put or replaced, each key at most once: one path for all that share it. */
  async setAll(root: StateId, entries: readonly StateEntry[]): Promise<StateId> {
    const sorted = entries.map(hashedEntry).sort(compareKeys);
    return sorted.length === 0 ? root : await this.#setIn(root, sorted, 0);
  }

  async #setIn(id: StateId, entries: readonly HashedEntry[], depth: number): Promise<StateId> {
    const node = nodeIn(await this.#load([id]), id);
    if (node.kind === 'bucket') {
      const others = node.entries.filter((other) => inBucket(entries, other) === undefined).map(hashedEntry);
      return this.#buildSubtree([...others, ...entries].sort(compareKeys), depth, []);
    }
    const children = [...node.children];
    for (const [index, part] of splitByNibble(entries, depth).entries()) {
      if (part.length === 0) continue;
      const child = children[index];
      children[index] =
        child === undefined ? this.#buildSubtree(part, depth + 1, []) : await this.#setIn(child, part, depth + 1);
    }
    return this.#keep(branchNode(children), []);
  }

  /** The state of these entries, the last of equal keys counting, and the nodes that storage is not known to have. */
  build(entries: Iterable<StateEntry>): { id: StateId; nodes: readonly StateNode[] } {
    const sorted = [...entries].map(hashedEntry).sort(compareKeys);
    const unique = sorted.filter((entry, i) => {
      const next = sorted[i + 1];
      return next === undefined || compareKeys(entry, next) !== 0;
    });
    const built: BuiltNode[] = [];
    return { id: this.#buildSubtree(unique, 0, built), nodes: built.map(toStateNode) };
  }

  /** In no particular order. */
  async entries(root: StateId): Promise<readonly StateEntry[]> {
    const entries: StateEntry[] = [];
    let ids: readonly StateId[] = [root];
    while (ids.length > 0) {
      const nodes = await this.#load(ids);
      ids = ids.flatMap((id) => {
        const node = nodeIn(nodes, id);
        if (node.kind === 'branch') return node.children.filter((child) => child !== undefined);
        for (const entry of node.entries) entries.push(entry);
        return [];
      });
    }
    return entries;
  }

  /** What differs between two states. Subtrees that are equal are not loaded. */
  async difference(a: StateId, b: StateId): Promise<readonly StateDifference[]> {
    const differences: StateDifference[] = [];
    // A bucket beside a branch is split as the branch is; these parts are in no storage.
    const parts = new Map<StateId, TreeNode>();
    let pairs = a === b ? [] : [{ before: a, after: b }];
    for (let depth = 0; pairs.length > 0; depth += 1) {
      const ids = pairs.flatMap(({ before, after }) => [before, after]);
      const nodes = await this.#load(ids.filter((id) => !parts.has(id)));
      const nodeOf = (id: StateId): TreeNode => parts.get(id) ?? nodeIn(nodes, id);
      pairs = pairs.flatMap((pair) => {
        const [before, after] = [nodeOf(pair.before), nodeOf(pair.after)];
        if (before.kind === 'bucket' && after.kind === 'bucket') {
          differences.push(...differenceOfBuckets(before.entries, after.entries));
          return [];
        }
        return differingPairs(childrenOf(before, depth, parts), childrenOf(after, depth, parts));
      });
    }
    return differences;
  }

  /** The nodes are durable now and may be forgotten. */
  markStored(nodes: readonly StateNode[]): void {
    for (const { id } of nodes) {
      const built = this.#unstored.get(id);
      if (built === undefined) continue;
      this.#unstored.delete(id);
      this.#cache.set(id, built);
    }
  }

  #buildSubtree(entries: readonly HashedEntry[], depth: number, built: BuiltNode[]): StateId {
    if (entries.length <= BUCKET_SIZE) return this.#keep(bucketNode(entries), built);
    const children = splitByNibble(entries, depth).map((part) =>
      part.length === 0 ? undefined : this.#buildSubtree(part, depth + 1, built),
    );
    return this.#keep(branchNode(children), built);
  }

  /** Nodes that are unstored are given again: whoever stores first, stores them. */
  #keep(node: TreeNode, built: BuiltNode[]): StateId {
    const { id, text } = textOfNode(node);
    if (id === EMPTY_STATE || this.#cache.has(id)) return id;
    const kept = this.#unstored.get(id) ?? { id, text, node };
    this.#unstored.set(id, kept);
    built.push(kept);
    return id;
  }

  async #load(ids: readonly StateId[]): Promise<ReadonlyMap<StateId, TreeNode>> {
    const nodes = new Map<StateId, TreeNode>();
    const missing = new Set<StateId>();
    for (const id of ids) {
      const node = id === EMPTY_STATE ? NO_ENTRIES.node : (this.#unstored.get(id) ?? this.#cache.get(id))?.node;
      if (node === undefined) missing.add(id);
      else nodes.set(id, node);
    }
    const wanted = [...missing];
    for (let i = 0; i < wanted.length; i += LOAD_CHUNK) {
      for (const [id, text] of await this.#store.stateNodes(wanted.slice(i, i + LOAD_CHUNK))) {
        const node = parseNode(text);
        this.#cache.set(id, { id, text, node });
        nodes.set(id, node);
      }
    }
    return nodes;
  }
}

function nodeIn(nodes: ReadonlyMap<StateId, TreeNode>, id: StateId): TreeNode {
  const node = nodes.get(id);
  if (node === undefined) throw new Error(`storage has no node ${id} of a room's state`);
  return node;
}

function toStateNode({ id, text }: BuiltNode): StateNode {
  return { id, text };
}

function childrenOf(node: TreeNode, depth: number, parts: Map<StateId, TreeNode>): readonly (StateId | undefined)[] {
  if (node.kind === 'branch') return node.children;
  return splitByNibble(node.entries.map(hashedEntry), depth).map((entries) => {
    if (entries.length === 0) return undefined;
    const part = bucketNode(entries);
    const { id } = textOfNode(part);
    parts.set(id, part);
    return id;
  });
}

function differingPairs(
  before: readonly (StateId | undefined)[],
  after: readonly (StateId | undefined)[],
): { before: StateId; after: StateId }[] {
  return before.flatMap((id, i) => {
    const other = after[i];
    return id === other ? [] : [{ before: id ?? EMPTY_STATE, after: other ?? EMPTY_STATE }];
  });
}

function differenceOfBuckets(before: readonly StateEntry[], after: readonly StateEntry[]): readonly StateDifference[] {
  const differences: StateDifference[] = [];
  for (const entry of before) {
    const now = inBucket(after, entry)?.eventId;
    const { type, stateKey, eventId } = entry;
    if (now !== eventId) differences.push({ type, stateKey, before: eventId, after: now });
  }
  for (const entry of after) {
    const { type, stateKey, eventId } = entry;
    if (inBucket(before, entry) === undefined) differences.push({ type, stateKey, before: undefined, after: eventId });
  }
  return differences;
}
