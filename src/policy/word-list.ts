/** Lists of words, phrases and wildcard patterns, matched against text word by word. Cost: text length, not list length. */
import { compileGlob, type GlobMatcher } from '../protocol/glob.ts';

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

const WORD = /[\p{L}\p{N}\p{M}_]+/gu;
const PATTERN_WORD = /[\p{L}\p{N}\p{M}_*?]+/gu;
const MAX_MATCHES = 10;

/**
 * Compiles a list. Case and compatibility forms do not count (ＳＰＡＭ is spam); words of a phrase may be apart by spaces or
 * punctuation. Entries without letters or digits (emoji, symbols) are looked for anywhere in the text.
 */
export function compileWordList(patterns: readonly string[]): WordFinder {
  const byFirstWord = new Map<string, Phrase[]>();
  const wild: Phrase[] = [];
  const symbols: string[] = [];
  for (const pattern of patterns) {
    const places = placesOf(pattern);
    const first = places[0];
    if (first === undefined) symbols.push(pattern.trim());
    else if (typeof first === 'string') append(byFirstWord, first, { pattern, places });
    else wild.push({ pattern, places });
  }
  return (text) => {
    const tokens = tokensOf(text);
    const matches = symbols.filter((symbol) => symbol !== '').flatMap((symbol) => findSymbol(text, symbol));
    for (let at = 0; at < tokens.length && matches.length < MAX_MATCHES; at += 1) {
      const candidates = [...(byFirstWord.get(tokens[at]?.folded ?? '') ?? []), ...wild];
      for (const phrase of candidates) matchAt(tokens, at, phrase, matches);
    }
    return matches.slice(0, MAX_MATCHES);
  };
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

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(WORD)) {
    tokens.push({ folded: fold(match[0]), start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}

/** Upper and lower once each way, so that letters with several lower-case forms (ẞ, ς) fall together. */
function fold(word: string): string {
  return word.normalize('NFKC').toUpperCase().toLowerCase();
}

function matchAt(tokens: readonly Token[], at: number, phrase: Phrase, matches: WordMatch[]): void {
  for (const [offset, place] of phrase.places.entries()) {
    const word = tokens[at + offset]?.folded;
    if (word === undefined || (typeof place === 'string' ? place !== word : !place(word))) return;
  }
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
