/**
 * The latest fuzzy hashes, to be found by others that are nearly the same. A hash is filed under 16 keys, each made of 4
 * of its places: those alike share one of them (with a likeness of 80 nearly always, of 67 in two cases of three). The
 * table is a ring: the oldest goes when there are too many.
 */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { exactPart, PLACES, placesOf, sharedPlacesFor } from './fuzzy-hash.ts';

const BANDS = 16;
const PER_BAND = PLACES / BANDS;
/** So many are compared at the most, the latest of each key first: enough to see that there are many. */
const MOST_COMPARED = 128;

export interface TextEntry {
  readonly sender: string;
  readonly roomId: RoomId;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly exact: string;
}

interface Search {
  readonly hash: string;
  readonly likeness: number;
  /** How many had been added by then. */
  readonly added: number;
  readonly found: readonly TextEntry[];
}

export class TextIndex {
  readonly #capacity: number;
  readonly #keys: number;
  readonly #shift: number;
  readonly #entries: TextEntry[] = [];
  readonly #places: Uint8Array;
  /** By band and key: the number of the latest entry, from 1; entries are numbered in the order of their coming. */
  readonly #latest: Uint32Array;
  /** By band and slot: the entry before it under the same key. */
  readonly #before: Uint32Array;
  /** By slot: the last search that saw it. */
  readonly #seenBy: Uint32Array;
  #added = 0;
  #searches = 0;
  /** Several rules ask about one text. */
  #latestSearch: Search | undefined;

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#keys = capacity;
    this.#shift = Math.clz32(capacity - 1);
    this.#places = new Uint8Array(capacity * PLACES);
    this.#latest = new Uint32Array(BANDS * this.#keys);
    this.#before = new Uint32Array(BANDS * capacity);
    this.#seenBy = new Uint32Array(capacity);
  }

  get size(): number {
    return Math.min(this.#added, this.#capacity);
  }

  add(hash: string, entry: Omit<TextEntry, 'exact'>): void {
    const places = placesOf(hash);
    if (places === undefined) return;
    this.#added += 1;
    const slot = this.#added % this.#capacity;
    const { sender, roomId, at } = entry;
    this.#entries[slot] = { sender, roomId, at, exact: exactPart(hash) };
    this.#places.set(places, slot * PLACES);
    for (let band = 0; band < BANDS; band += 1) {
      const key = band * this.#keys + this.#keyOf(places, band);
      this.#before[band * this.#capacity + slot] = this.#latest[key] ?? 0;
      this.#latest[key] = this.#added;
    }
  }

  /** Those at least so alike, in no order; 67 and more are found reliably. */
  find(hash: string, likeness: number): readonly TextEntry[] {
    const latest = this.#latestSearch;
    if (latest?.hash === hash && latest.likeness === likeness && latest.added === this.#added) return latest.found;
    const found = this.#search(hash, likeness);
    this.#latestSearch = { hash, likeness, added: this.#added, found };
    return found;
  }

  #search(hash: string, likeness: number): readonly TextEntry[] {
    const places = placesOf(hash);
    if (places === undefined) return [];
    const exact = likeness === 100 ? exactPart(hash) : undefined;
    const mostMisses = PLACES - sharedPlacesFor(likeness);
    const found: TextEntry[] = [];
    this.#searches += 1;
    let compared = 0;
    for (let band = 0; band < BANDS; band += 1) {
      let steps = 0;
      let number = this.#latest[band * this.#keys + this.#keyOf(places, band)] ?? 0;
      // What stands in a slot that was used again belongs to a later number.
      while (number > Math.max(0, this.#added - this.#capacity) && steps < MOST_COMPARED) {
        const slot = number % this.#capacity;
        if (this.#seenBy[slot] !== this.#searches) {
          this.#seenBy[slot] = this.#searches;
          const entry = this.#entries[slot];
          const isAlike = entry !== undefined && this.#isAlike(places, slot, mostMisses);
          if (isAlike && (exact === undefined || entry.exact === exact)) found.push(entry);
          compared += 1;
          if (compared >= MOST_COMPARED) return found;
        }
        number = this.#before[band * this.#capacity + slot] ?? 0;
        steps += 1;
      }
    }
    return found;
  }

  /** Gives up where too many places differ, which nearly always the first ones show. */
  #isAlike(places: Uint8Array, slot: number, mostMisses: number): boolean {
    const all = this.#places;
    const start = slot * PLACES;
    let misses = 0;
    for (let place = 0; place < PLACES; place += 1) {
      if (places[place] !== all[start + place] && (misses += 1) > mostMisses) return false;
    }
    return true;
  }

  #keyOf(places: Uint8Array, band: number): number {
    let key = band;
    for (let place = band * PER_BAND; place < (band + 1) * PER_BAND; place += 1) key = key * 64 + (places[place] ?? 0);
    return Math.imul(key, 0x9e3779b1) >>> this.#shift;
  }
}
