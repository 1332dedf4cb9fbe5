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

const NONE: readonly TextEntry[] = [];

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
  /** Each is made when something of its kind is looked for: most rules ask for one likeness. */
  #closeKeys: BandTable | undefined;
  #looseKeys: BandTable | undefined;
  #added = 0;
  /** Several rules ask about one text. */
  #latestSearch: Search | undefined;

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#places = new Uint8Array(capacity * PLACES);
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
    const places = this.#added === 0 ? undefined : placesOf(hash);
    if (places === undefined) return NONE;
    const mostMisses = PLACES - sharedPlacesFor(likeness);
    const numbers = this.#keysFor(likeness).find(places, this.#added, mostMisses, MOST_COMPARED);
    if (numbers.length === 0) return NONE;
    const exact = likeness === 100 ? exactPart(hash) : undefined;
    const entries = [...new Set(numbers)].flatMap((number) => this.#entries[number % this.#capacity] ?? []);
    return exact === undefined ? entries : entries.filter((entry) => entry.exact === exact);
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
}
