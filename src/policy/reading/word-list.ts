/**
 * Lists of words, phrases and wildcard patterns, matched against text word by word. The cost is that of the text: of the
 * list, only those wildcard patterns count whose letters stand in the text at all.
 */
import { compileGlob, type GlobMatcher } from '../../protocol/glob.ts';
import { foldForLiterals } from './pattern-literal.ts';
import { searchedText } from './searched-text.ts';
import { gramsOf } from './text-grams.ts';

export interface WordMatch {
  /** The entry of the list as it was written. */
  readonly pattern: string;
  /** Span in UTF-16 units of the text. */
  readonly start: number;
  readonly end: number;
}

export type WordFinder = (text: string) => readonly WordMatch[];

interface Token {
  readonly folded: string;
  readonly start: number;
  readonly end: number;
}

/** One entry: a word per place; exact ones as text, wildcards as matchers. */
interface Phrase {
  readonly pattern: string;
  readonly places: readonly (string | GlobMatcher)[];
}

/** A phrase that begins with a wildcard pattern. */
interface WildPhrase extends Phrase {
  /** The longest run of letters that any match must hold, in one word of it. */
  readonly fragment: string;
  readonly grams: readonly number[];
}

/** An underscore parts words: people write `_emphasis_` with it. */
const WORD = /[\p{L}\p{N}\p{M}\p{DI}]+/gu;
/** Zero-width spaces and the like: nobody sees them, so they neither part words nor count. */
const INVISIBLE = /\p{DI}+/gu;
const PATTERN_WORD = /[\p{L}\p{N}\p{M}*?]+/gu;
const MAX_MATCHES = 10;

/**
 * Compiles a list. Case and compatibility forms do not count (ＳＰＡＭ is spam); words of a phrase may be apart by spaces or
 * punctuation. Entries without letters or digits (emoji, symbols) are looked for anywhere in the text.
 */
export function compileWordList(patterns: readonly string[]): WordFinder {
  const byFirstWord = new Map<string, Phrase[]>();
  const wild: WildPhrase[] = [];
  const symbols: string[] = [];
  for (const pattern of patterns) {
    const places = placesOf(pattern);
    const first = places[0];
    if (first === undefined) symbols.push(pattern.trim());
    else if (typeof first === 'string') append(byFirstWord, first, { pattern, places });
    else wild.push(wildPhrase(pattern, places));
  }
  const firstWords = new WordHashes(byFirstWord);
  return (text) => {
    const isAscii = ASCII.test(text);
    const possibleInAscii = isAscii ? thoseIn(text, wild) : undefined;
    if (possibleInAscii?.length === 0 && symbols.length === 0 && !firstWords.haveOneIn(text)) return NO_MATCHES;
    const tokens = isAscii ? asciiTokensOf(text) : anyTokensOf(text);
    const possible = possibleInAscii ?? thoseIn(tokens.map((token) => token.folded).join(' '), wild);
    const matches = symbols.filter((symbol) => symbol !== '').flatMap((symbol) => findSymbol(text, symbol));
    for (let at = 0; at < tokens.length && matches.length < MAX_MATCHES; at += 1) {
      for (const phrase of byFirstWord.get(tokens[at]?.folded ?? '') ?? NONE) matchAt(tokens, at, phrase, matches);
      for (const phrase of possible) matchAt(tokens, at, phrase, matches);
    }
    return matches.slice(0, MAX_MATCHES);
  };
}

const NONE: readonly Phrase[] = [];
const NO_MATCHES: readonly WordMatch[] = [];

/** Hashes of words, as bits: a text need not be taken apart to see that it has none of them. */
class WordHashes {
  readonly #words: Pick<ReadonlyMap<string, unknown>, 'has'>;
  readonly #bits: Uint32Array;
  readonly #mask: number;

  constructor(words: ReadonlyMap<string, unknown>) {
    this.#words = words;
    const ascii = [...words.keys()].filter((word) => ASCII.test(word));
    const size = 2 ** Math.ceil(Math.log2(Math.max(1024, ascii.length * BITS_PER_WORD)));
    this.#bits = new Uint32Array(size / 32);
    this.#mask = size - 1;
    for (const word of ascii) {
      let hash = 0;
      for (let at = 0; at < word.length; at += 1) hash = hashed(hash, word.charCodeAt(at));
      const bit = this.#bitOf(hash);
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  /** The text is ASCII, in any case. */
  haveOneIn(text: string): boolean {
    let hash = 0;
    let start = -1;
    for (let at = 0; at <= text.length; at += 1) {
      const folded = FOLDED_WORD_UNITS[text.charCodeAt(at)] ?? 0;
      if (folded !== 0) {
        hash = hashed(hash, folded);
        if (start === -1) start = at;
      } else if (start !== -1) {
        if (this.#hasBit(hash) && this.#words.has(text.slice(start, at).toLowerCase())) return true;
        hash = 0;
        start = -1;
      }
    }
    return false;
  }

  #hasBit(hash: number): boolean {
    const bit = this.#bitOf(hash);
    return (((this.#bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  #bitOf(hash: number): number {
    return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7) & this.#mask;
  }
}

const BITS_PER_WORD = 16;
/** By code of ASCII: letters in lower case and digits, 0 for all others. */
const FOLDED_WORD_UNITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const folded = String.fromCharCode(code).toLowerCase().charCodeAt(0);
  return isAsciiWordUnit(folded) ? folded : 0;
});

function hashed(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

function wildPhrase(pattern: string, places: Phrase['places']): WildPhrase {
  const fragment = foldForLiterals(fragmentOf(pattern));
  return { pattern, places, fragment, grams: gramsOf(fragment) };
}

function fragmentOf(pattern: string): string {
  const runs = (pattern.match(PATTERN_WORD) ?? []).flatMap((word) => fold(word).split(/[*?]+/));
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}

/** Leaves out, cheaply, nearly all of the phrases; the text is folded, or is ASCII. */
function thoseIn(text: string, phrases: readonly WildPhrase[]): readonly WildPhrase[] {
  if (phrases.length === 0) return phrases;
  const { folded, grams } = searchedText(text);
  return phrases.filter((phrase) => grams.mayHold(phrase.grams) && folded.includes(phrase.fragment));
}

function placesOf(pattern: string): (string | GlobMatcher)[] {
  const words = pattern.match(PATTERN_WORD) ?? [];
  if (words.every((word) => /^[*?]*$/.test(word))) return [];
  return words.map((word) => {
    const folded = fold(word);
    return /[*?]/.test(folded) ? compileGlob(folded, { ignoreCase: false }) : folded;
  });
}

function append(map: Map<string, Phrase[]>, key: string, phrase: Phrase): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [phrase]);
  else list.push(phrase);
}

const ASCII = /^[\0-\x7f]*$/;

/** As `anyTokensOf`, many times faster: most text is of this kind. */
function asciiTokensOf(text: string): Token[] {
  const folded = text.toLowerCase();
  const tokens: Token[] = [];
  let start = -1;
  for (let at = 0; at <= folded.length; at += 1) {
    if (isAsciiWordUnit(folded.charCodeAt(at))) {
      if (start === -1) start = at;
    } else if (start !== -1) {
      tokens.push({ folded: folded.slice(start, at), start, end: at });
      start = -1;
    }
  }
  return tokens;
}

/** NaN, behind the end of a text, is none. */
function isAsciiWordUnit(lowerCase: number): boolean {
  return (lowerCase >= 0x61 && lowerCase <= 0x7a) || (lowerCase >= 0x30 && lowerCase <= 0x39);
}

function anyTokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(WORD)) {
    tokens.push({ folded: fold(match[0]), start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}

/** Lower, upper and lower again, so that letters whose cases are no pairs (ẞ, ß and SS; ς and σ) fall together. */
function fold(word: string): string {
  if (ASCII.test(word)) return word.toLowerCase();
  return word.replace(INVISIBLE, '').normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
}

function matchAt(tokens: readonly Token[], at: number, phrase: Phrase, matches: WordMatch[]): void {
  const fits = phrase.places.every((place, offset) => {
    const word = tokens[at + offset]?.folded;
    return word !== undefined && (typeof place === 'string' ? place === word : place(word));
  });
  if (!fits) return;
  const first = tokens[at];
  const last = tokens[at + phrase.places.length - 1];
  if (first !== undefined && last !== undefined) {
    matches.push({ pattern: phrase.pattern, start: first.start, end: last.end });
  }
}

function findSymbol(text: string, symbol: string): WordMatch[] {
  const start = text.indexOf(symbol);
  return start === -1 ? [] : [{ pattern: symbol, start, end: start + symbol.length }];
}
