/**
 * A hash of a text that survives small edits: texts that share most of their runs of three characters get hashes that
 * share most of their places. It is a MinHash by one permutation: each run falls into one of 64 places, and the smallest
 * value of each place is kept.
 */

/** How many places a hash has; each is one character of it. */
export const PLACES = 64;

/** Characters that are looked at; what differs behind them makes no difference but for texts that are equal. */
const MAX_LENGTH = 8192;
const RUN = 3;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const EMPTY = 0xffffffff;

const codes = new Uint8Array(128);
for (let code = 0; code < 64; code += 1) codes[ALPHABET.charCodeAt(code)] = code;

/** Reused by every call: hashing is synchronous. */
const smallest = new Uint32Array(PLACES);

/** 64 characters that can be compared, and 6 that are equal only where the texts are. */
export function fuzzyHash(text: string): string {
  smallest.fill(EMPTY);
  const end = Math.min(text.length, MAX_LENGTH);
  // Blanks around it, so that the ends of short texts weigh as much as their middles.
  let [first, second] = [32, 32];
  for (let at = 0; at <= end + 1; at += 1) {
    const third = at < end ? text.charCodeAt(at) : 32;
    if (at >= RUN - 2) {
      const value = mixed(Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b) ^ Math.imul(third, 0xc2b2ae35));
      const place = value & (PLACES - 1);
      const rest = value >>> 6;
      if (rest < at32(place)) smallest[place] = rest;
    }
    [first, second] = [second, third];
  }
  return places() + exactHash(text);
}

function at32(place: number): number {
  return smallest[place] ?? EMPTY;
}

/** Reused as well: a hash is made into a string in one go. */
const letters: number[] = Array.from({ length: PLACES }, () => 0);

/** Empty places borrow from the next one that is not, mixed with the distance (Shrivastava and Li, 2014). */
function places(): string {
  for (let place = 0; place < PLACES; place += 1) {
    let distance = 0;
    while (at32((place + distance) & (PLACES - 1)) === EMPTY) distance += 1;
    const value = mixed(at32((place + distance) & (PLACES - 1)) + Math.imul(distance, 0x27d4eb2f));
    letters[place] = ALPHABET.charCodeAt(value & 63);
  }
  return String.fromCharCode(...letters);
}

function exactHash(text: string): string {
  let [low, high] = [0x811c9dc5, 0x1b873593];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) ^ (high >>> 15);
  }
  [low, high] = [mixed(low ^ text.length), mixed(high)];
  let hash = '';
  for (let bits = 0; bits < 18; bits += 6) {
    hash += ALPHABET.charAt((low >>> bits) & 63) + ALPHABET.charAt((high >>> bits) & 63);
  }
  return hash;
}

/** Spreads every bit over all others (the end of MurmurHash3). */
function mixed(value: number): number {
  let mix = value ^ (value >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix ^= mix >>> 13;
  mix = Math.imul(mix, 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

/** The 64 places as numbers from 0 to 63; `undefined` where it is no such hash. */
export function placesOf(hash: string): Uint8Array | undefined {
  if (hash.length !== PLACES + 6) return undefined;
  const numbers = new Uint8Array(PLACES);
  for (let place = 0; place < PLACES; place += 1) numbers[place] = codes[hash.charCodeAt(place) & 127] ?? 0;
  return numbers;
}

/** The part that is equal only for equal texts. */
export function exactPart(hash: string): string {
  return hash.slice(PLACES);
}

/**
 * How alike two texts are by how many places their hashes share: 0 to 99, the share of runs of characters that they have
 * in common, of the runs of both (Dice); give or take 4. 100 is for equal texts, which their exact parts tell.
 */
export function likenessOf(sharedPlaces: number): number {
  // One place in 64 is shared by chance.
  const jaccard = Math.max(0, (sharedPlaces / PLACES - 1 / 64) / (1 - 1 / 64));
  return Math.min(99, Math.round((200 * jaccard) / (1 + jaccard)));
}

/** How many places two hashes must share to be so alike; for 100 all of them, and the exact parts too. */
export function sharedPlacesFor(least: number): number {
  return SHARED_PLACES[Math.max(0, Math.ceil(least))] ?? PLACES;
}

/** By likeness, from 0 to 99. */
const SHARED_PLACES = Array.from({ length: 100 }, (_, least) => {
  let shared = 0;
  while (shared < PLACES && likenessOf(shared) < least) shared += 1;
  return shared;
});

/** 0 to 100. */
export function likeness(a: string, b: string): number {
  if (exactPart(a) === exactPart(b) && a === b) return 100;
  let shared = 0;
  for (let place = 0; place < PLACES; place += 1) if (a.charCodeAt(place) === b.charCodeAt(place)) shared += 1;
  return likenessOf(shared);
}
