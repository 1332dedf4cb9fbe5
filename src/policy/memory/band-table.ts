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
  /** By slot and band: the entry before it under the same key. */
  readonly #before: Uint32Array;

  constructor({ capacity, bands, placesPerBand }: BandTableOptions) {
    this.#capacity = capacity;
    this.#bands = bands;
    this.#placesPerBand = placesPerBand;
    this.#keys = KEYS_PER_ENTRY * capacity;
    this.#shift = Math.clz32(this.#keys - 1);
    this.#latest = new Uint32Array(bands * this.#keys);
    this.#before = new Uint32Array(bands * capacity);
    const perStride = Math.floor(PLACES / placesPerBand);
    this.#placesOfKeys = Uint8Array.from({ length: bands * placesPerBand }, (_, at) => {
      const band = Math.floor(at / placesPerBand);
      const stride = STRIDES[Math.floor(band / perStride)] ?? 1;
      return (((band % perStride) * placesPerBand + (at % placesPerBand)) * stride) % PLACES;
    });
  }

  /** Numbers must come in order. */
  add(number: number, places: Uint8Array): void {
    const start = (number % this.#capacity) * this.#bands;
    for (let band = 0; band < this.#bands; band += 1) {
      const key = this.#keyOf(places, band);
      this.#before[start + band] = this.#latest[key] ?? 0;
      this.#latest[key] = number;
    }
  }

  /**
   * Gives the numbers of those that share a key, the latest of each key first and some of them several times, until `visit`
   * says that it is enough; so many steps for each key at the most.
   */
  walk(places: Uint8Array, newest: number, mostSteps: number, visit: (number: number) => 'more' | 'enough'): void {
    const oldest = Math.max(0, newest - this.#capacity);
    for (let band = 0; band < this.#bands; band += 1) {
      let number = this.#latest[this.#keyOf(places, band)] ?? 0;
      // What stands in a slot that was used again belongs to a later number.
      for (let steps = 0; number > oldest && steps < mostSteps; steps += 1) {
        if (visit(number) === 'enough') return;
        number = this.#before[(number % this.#capacity) * this.#bands + band] ?? 0;
      }
    }
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
