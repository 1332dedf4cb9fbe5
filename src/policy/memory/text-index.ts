/**
 * The latest fuzzy hashes, to be found by others that are nearly the same. Only those that share a key with what is looked
 * for are compared; the oldest goes when there are too many.
 */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { BandTable } from './band-table.ts';
import { exactPart, PLACES, placesOf, sharedPlacesFor } from './fuzzy-hash.ts';

/** From this likeness on few keys of many places do: they find nearly all that is so alike, and hardly anything else. */
const CLOSE = 85;
const CLOSE_KEYS = { bands: 20, placesPerBand: 6 };
/** Those alike share one of these with a likeness of 80 nearly always, of 67 in two cases of three. */
const LOOSE_KEYS = { bands: 16, placesPerBand: 4 };
/** So many are compared at the most, the latest of each key first: enough to see that there are many. */
const MOST_COMPARED = 128;
const WORDS = PLACES / 4;

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
  readonly #entries: TextEntry[] = [];
  readonly #places: Uint8Array;
  /** The same memory. */
  readonly #placesByFour: Uint32Array;
  /** By slot: the last search that saw it. */
  readonly #seenBy: Uint32Array;
  /** Each is made when something of its kind is looked for: most rules ask for one likeness. */
  #closeKeys: BandTable | undefined;
  #looseKeys: BandTable | undefined;
  #added = 0;
  #searches = 0;
  /** Several rules ask about one text. */
  #latestSearch: Search | undefined;

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#places = new Uint8Array(capacity * PLACES);
    this.#placesByFour = new Uint32Array(this.#places.buffer);
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
    this.#closeKeys?.add(this.#added, places);
    this.#looseKeys?.add(this.#added, places);
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
    if (places === undefined || this.#added === 0) return [];
    const exact = likeness === 100 ? exactPart(hash) : undefined;
    const placesByFour = new Uint32Array(places.buffer);
    const mostMisses = PLACES - sharedPlacesFor(likeness);
    const found: TextEntry[] = [];
    this.#searches += 1;
    let compared = 0;
    this.#keysFor(likeness).walk(places, this.#added, MOST_COMPARED, (number) => {
      const slot = number % this.#capacity;
      if (this.#seenBy[slot] === this.#searches) return 'more';
      this.#seenBy[slot] = this.#searches;
      const entry = this.#isAlike(placesByFour, slot, mostMisses) ? this.#entries[slot] : undefined;
      if (entry !== undefined && (exact === undefined || entry.exact === exact)) found.push(entry);
      compared += 1;
      return compared < MOST_COMPARED ? 'more' : 'enough';
    });
    return found;
  }

  #keysFor(likeness: number): BandTable {
    if (likeness >= CLOSE) return (this.#closeKeys ??= this.#fileAll(CLOSE_KEYS));
    return (this.#looseKeys ??= this.#fileAll(LOOSE_KEYS));
  }

  #fileAll(keys: typeof CLOSE_KEYS): BandTable {
    const table = new BandTable({ capacity: this.#capacity, ...keys });
    for (let number = this.#added - this.size + 1; number <= this.#added; number += 1) {
      const start = (number % this.#capacity) * PLACES;
      table.add(number, this.#places.subarray(start, start + PLACES));
    }
    return table;
  }

  /** Four places at a time. Gives up where too many differ, which nearly always the first ones show. */
  #isAlike(places: Uint32Array, slot: number, mostMisses: number): boolean {
    const all = this.#placesByFour;
    const start = slot * WORDS;
    let misses = 0;
    for (let word = 0; word < WORDS; word += 1) {
      const differing = (places[word] ?? 0) ^ (all[start + word] ?? 0);
      // Places are below 64, so that this sets the highest bit of each byte that differs, and of no other.
      const marks = (differing + 0x7f7f7f7f) & 0x80808080;
      misses += Math.imul(marks >>> 7, 0x01010101) >>> 24;
      if (misses > mostMisses) return false;
    }
    return true;
  }
}
