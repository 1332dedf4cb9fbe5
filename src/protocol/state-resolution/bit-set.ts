/**
 * Sets of small integers as bitmaps cut into leaves that sets share. The auth chains of neighbouring events differ in
 * few leaves, so that a chain costs what sets it apart, and equal leaves are known to be equal without looking inside.
 */

const LEAF_WORDS = 16;
const LEAF_SHIFT = 9;

type Leaf = Uint32Array;

/** Never changed once made. */
export interface BitSet {
  readonly leaves: readonly (Leaf | undefined)[];
}

/** Whether the set holds the integer. */
export function hasBit(set: BitSet, bit: number): boolean {
  const word = set.leaves[bit >>> LEAF_SHIFT]?.[(bit >>> 5) & (LEAF_WORDS - 1)] ?? 0;
  return (word & (1 << (bit & 31))) !== 0;
}

/** A set under construction; it shares the leaves of what goes into it until it must differ. */
export class BitSetBuilder implements BitSet {
  leaves: (Leaf | undefined)[] = [];
  /** Leaves that nobody else has. */
  readonly #mine = new Set<number>();

  add(bit: number): void {
    if (hasBit(this, bit)) return;
    const leaf = this.#writable(bit >>> LEAF_SHIFT);
    const word = (bit >>> 5) & (LEAF_WORDS - 1);
    leaf[word] = (leaf[word] ?? 0) | (1 << (bit & 31));
  }

  addAll(other: BitSet): void {
    if (this.leaves.length === 0) {
      this.leaves = other.leaves.slice();
      return;
    }
    for (let index = 0; index < other.leaves.length; index += 1) {
      const theirs = other.leaves[index];
      const ours = this.leaves[index];
      if (theirs === undefined || theirs === ours) continue;
      if (ours === undefined || isSubset(ours, theirs)) this.#share(index, theirs);
      else if (!isSubset(theirs, ours)) merge(this.#writable(index), theirs);
    }
  }

  /** The set as it is now; the builder is not to be used any more. */
  done(): BitSet {
    return { leaves: this.leaves };
  }

  #share(index: number, leaf: Leaf): void {
    while (this.leaves.length < index) this.leaves.push(undefined);
    this.leaves[index] = leaf;
    this.#mine.delete(index);
  }

  #writable(index: number): Leaf {
    const leaf = this.leaves[index];
    if (leaf !== undefined && this.#mine.has(index)) return leaf;
    const copy = leaf === undefined ? new Uint32Array(LEAF_WORDS) : leaf.slice();
    this.#share(index, copy);
    this.#mine.add(index);
    return copy;
  }
}

function isSubset(inner: Leaf, outer: Leaf): boolean {
  for (let word = 0; word < LEAF_WORDS; word += 1) {
    if (((inner[word] ?? 0) & ~(outer[word] ?? 0)) !== 0) return false;
  }
  return true;
}

function merge(into: Leaf, from: Leaf): void {
  for (let word = 0; word < LEAF_WORDS; word += 1) into[word] = (into[word] ?? 0) | (from[word] ?? 0);
}

/** What some of the sets hold and others do not, in ascending order. */
export function differingBits(sets: readonly BitSet[]): number[] {
  const bits: number[] = [];
  const length = Math.max(0, ...sets.map((set) => set.leaves.length));
  for (let index = 0; index < length; index += 1) {
    const leaves = sets.map((set) => set.leaves[index]);
    if (leaves.every((leaf) => leaf === leaves[0])) continue;
    for (let word = 0; word < LEAF_WORDS; word += 1) {
      let some = 0;
      let all = -1;
      for (const leaf of leaves) {
        some |= leaf?.[word] ?? 0;
        all &= leaf?.[word] ?? 0;
      }
      pushBits(bits, some & ~all, (index << LEAF_SHIFT) + (word << 5));
    }
  }
  return bits;
}

/** What the set holds, in ascending order. */
export function bitsOf(set: BitSet): number[] {
  const bits: number[] = [];
  for (const [index, leaf] of set.leaves.entries()) {
    if (leaf === undefined) continue;
    for (const [word, value] of leaf.entries()) pushBits(bits, value, (index << LEAF_SHIFT) + (word << 5));
  }
  return bits;
}

function pushBits(bits: number[], word: number, base: number): void {
  let rest = word;
  while (rest !== 0) {
    const bit = 31 - Math.clz32(rest & -rest);
    bits.push(base + bit);
    rest &= rest - 1;
  }
}
