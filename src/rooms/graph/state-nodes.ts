/** The nodes that states of rooms are made of: see `state-trees.ts`. */
import { hash } from 'node:crypto';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { StateId } from './ports.ts';

export interface StateKey {
  readonly type: string;
  readonly stateKey: string;
}

export interface StateEntry extends StateKey {
  readonly eventId: EventId;
}

export interface HashedEntry extends StateEntry {
  /** Of the key alone; as hexadecimal digits. */
  readonly hash: string;
}

export type TreeNode =
  | { readonly kind: 'bucket'; readonly entries: readonly StateEntry[] }
  | { readonly kind: 'branch'; readonly children: readonly (StateId | undefined)[] };

/** The most entries of a bucket. */
export const BUCKET_SIZE = 16;
const BRANCHES = 16;
const BRANCH_MARK = '/';

export function bucketNode(entries: readonly StateEntry[]): TreeNode {
  return { kind: 'bucket', entries: entries.map(({ type, stateKey, eventId }) => ({ type, stateKey, eventId })) };
}

export function branchNode(children: readonly (StateId | undefined)[]): TreeNode {
  return { kind: 'branch', children };
}

/** A bucket is a JSON array of type, state key and event id by turns; a branch is its children's ids after slashes. */
export function textOfNode(node: TreeNode): { id: StateId; text: string } {
  const text =
    node.kind === 'bucket'
      ? JSON.stringify(node.entries.flatMap(({ type, stateKey, eventId }) => [type, stateKey, eventId]))
      : node.children.map((child) => BRANCH_MARK + (child ?? '')).join('');
  return { id: hash('sha256', text, 'buffer').toString('base64url', 0, 16) as StateId, text };
}

/** Of text that `textOfNode` has made. */
export function parseNode(text: string): TreeNode {
  if (text.startsWith(BRANCH_MARK)) {
    const ids = text.slice(1).split(BRANCH_MARK);
    return branchNode(ids.map((id) => (id === '' ? undefined : (id as StateId))));
  }
  const words = JSON.parse(text) as readonly string[];
  const entries: StateEntry[] = [];
  for (let i = 0; i + 2 < words.length; i += 3) {
    entries.push({ type: words[i] ?? '', stateKey: words[i + 1] ?? '', eventId: (words[i + 2] ?? '') as EventId });
  }
  return { kind: 'bucket', entries };
}

export const NO_ENTRIES: { readonly id: StateId; readonly node: TreeNode } = {
  id: textOfNode(bucketNode([])).id,
  node: bucketNode([]),
};

/** JSON tells all keys apart, those with separators or halves of surrogate pairs in them too. */
export function hashOfKey({ type, stateKey }: StateKey): string {
  return hash('sha256', JSON.stringify([type, stateKey]), 'hex');
}

export function hashedEntry(entry: StateEntry): HashedEntry {
  const { type, stateKey, eventId } = entry;
  return { type, stateKey, eventId, hash: hashOfKey(entry) };
}

export function nibble(hashOfSomeKey: string, depth: number): number {
  const code = hashOfSomeKey.charCodeAt(depth);
  if (Number.isNaN(code)) throw new RangeError('more than 16 keys of a state have the same hash');
  return code <= 0x39 ? code - 0x30 : code - 0x57;
}

/** The parts of a subtree at a depth, each in the order of the whole. */
export function splitByNibble(entries: readonly HashedEntry[], depth: number): readonly (readonly HashedEntry[])[] {
  const parts = Array.from({ length: BRANCHES }, (): HashedEntry[] => []);
  for (const entry of entries) parts[nibble(entry.hash, depth)]?.push(entry);
  return parts;
}

export function inBucket(entries: readonly StateEntry[], key: StateKey): StateEntry | undefined {
  return entries.find(({ type, stateKey }) => stateKey === key.stateKey && type === key.type);
}

/** By UTF-16 units: any order that is always the same will do. */
export function compareKeys(a: StateKey, b: StateKey): number {
  if (a.type !== b.type) return a.type < b.type ? -1 : 1;
  if (a.stateKey === b.stateKey) return 0;
  return a.stateKey < b.stateKey ? -1 : 1;
}
