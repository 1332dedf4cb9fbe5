/**
 * Finds hashes that share some of their places, without comparing all of them. Each hash is filed under several keys, a
 * key being made of some of its places; hashes that are alike have one of the keys in common. The table is a ring: what
 * is older than its capacity is not found any more.
 */
import { PLACES } from './fuzzy-hash.ts';

export interface BandTableOptions {
  /** A power of two. */
  readonly capacity: number;
  /** How many keys a hash has. */
  readonly bands: number;
  /** Of how many places a key is made: with more, fewer are found that are not alike, and fewer that hardly are. */
  readonly placesPerBand: number;
}

/** Steps from one place of a key to the next: keys after the first 64 places take the same ones in another order. */
const STRIDES = [1, 11, 23, 37];
/** With more room for keys, fewer that differ meet in one place. */
const KEYS_PER_ENTRY = 2;

/** How many numbers hold the places of a hash: four places each, a byte for one. */
const WORDS = PLACES / 4;
/** Reused by every search. */
const sought = new Uint32Array(WORDS);

export class BandTable {
  readonly #capacity: number;
  readonly #bands: number;
  readonly #keys: number;
  readonly #shift: number;
  /** The places of which each key is made, key after key. */
  readonly #placesOfKeys: Uint8Array;
  readonly #placesPerBand: number;
  /** By band and key: the number of the latest entry, from 1; entries are numbered in the order of their coming. */
  readonly #latest: Uint32Array;
  /** By slot: the places, then for each band the entry before it under the same key. What is needed together stands together. */
  readonly #entries: Uint32Array;
  readonly #width: number;

  constructor({ capacity, bands, placesPerBand }: BandTableOptions) {
    this.#capacity = capacity;
    this.#bands = bands;
    this.#placesPerBand = placesPerBand;
    this.#keys = KEYS_PER_ENTRY * capacity;
    this.#shift = Math.clz32(this.#keys - 1);
    this.#latest = new Uint32Array(bands * this.#keys);
    this.#width = WORDS + bands;
    this.#entries = new Uint32Array(capacity * this.#width);
    const perStride = Math.floor(PLACES / placesPerBand);
    this.#placesOfKeys = Uint8Array.from({ length: bands * placesPerBand }, (_, at) => {
      const band = Math.floor(at / placesPerBand);
      const stride = STRIDES[Math.floor(band / perStride)] ?? 1;
      return (((band % perStride) * placesPerBand + (at % placesPerBand)) * stride) % PLACES;
    });
  }

  /** Numbers must come in order. */
  add(number: number, places: Uint8Array): void {
    const start = (number % this.#capacity) * this.#width;
    for (let word = 0; word < WORDS; word += 1) this.#entries[start + word] = fourAt(places, word);
    for (let band = 0; band < this.#bands; band += 1) {
      const key = this.#keyOf(places, band);
      this.#entries[start + WORDS + band] = this.#latest[key] ?? 0;
      this.#latest[key] = number;
    }
  }

  /**
   * The numbers of those that share a key and differ in so many places at the most, some of them several times. So many
   * are compared at the most, the latest of each key first.
   */
  find(places: Uint8Array, newest: number, mostMisses: number, mostCompared: number): number[] {
    for (let word = 0; word < WORDS; word += 1) sought[word] = fourAt(places, word);
    const oldest = Math.max(0, newest - this.#capacity);
    const found: number[] = [];
    let compared = 0;
    for (let band = 0; band < this.#bands; band += 1) {
      let number = this.#latest[this.#keyOf(places, band)] ?? 0;
      // What stands in a slot that was used again belongs to a later number.
      while (number > oldest) {
        const start = (number % this.#capacity) * this.#width;
        if (this.#isAlike(start, mostMisses)) found.push(number);
        compared += 1;
        if (compared >= mostCompared) return found;
        number = this.#entries[start + WORDS + band] ?? 0;
      }
    }
    return found;
  }

  /** To what is sought, four places at a time. Gives up where too many differ, which nearly always the first ones show. */
  #isAlike(start: number, mostMisses: number): boolean {
    const entries = this.#entries;
    let misses = 0;
    for (let word = 0; word < WORDS; word += 1) {
      const differing = (sought[word] ?? 0) ^ (entries[start + word] ?? 0);
      // Places are below 64, so that this sets the highest bit of each byte that differs, and of no other.
      const marks = (differing + 0x7f7f7f7f) & 0x80808080;
      misses += Math.imul(marks >>> 7, 0x01010101) >>> 24;
      if (misses > mostMisses) return false;
    }
    return true;
  }

  #keyOf(places: Uint8Array, band: number): number {
    const end = (band + 1) * this.#placesPerBand;
    let key = 0x811c9dc5;
    for (let at = band * this.#placesPerBand; at < end; at += 1) {
      key = Math.imul(key ^ (places[this.#placesOfKeys[at] ?? 0] ?? 0), 0x01000193);
    }
    return band * this.#keys + (Math.imul(key ^ (key >>> 15), 0x9e3779b1) >>> this.#shift);
  }
}

function fourAt(places: Uint8Array, word: number): number {
  const at = word * 4;
  const low = (places[at] ?? 0) | ((places[at + 1] ?? 0) << 8);
  return low | ((places[at + 2] ?? 0) << 16) | ((places[at + 3] ?? 0) << 24);
}
