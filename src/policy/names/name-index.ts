/**
 * The display names of one room's members, by the words that they are made of. Looking up takes as long as the text is,
 * however many members there are.
 */
import { normaliseText } from '../reading/normalised-text.ts';
import { TextWords } from '../reading/text-words.ts';

/** Names of more words are not looked for: each word of a text is looked up with as many words behind it. */
export const MAX_WORDS = 16;
/** Longer names are not looked for, in UTF-16 units: so that one name costs little memory. */
export const MAX_LENGTH = 48;
/** As written; marks that are folded away included. */
const MAX_WRITTEN = 1_000;

/** The words of a name in the form in which texts are compared, spaces between them; `undefined` where it has none, or too many. */
export function wordsOfName(name: string): string | undefined {
  if (name === '' || name.length > MAX_WRITTEN) return undefined;
  const words = new TextWords(normaliseText(name).text);
  if (words.count === 0 || words.count > MAX_WORDS) return undefined;
  // Put together anew: a slice would keep the text that it is of.
  const phrase = Array.from({ length: words.count }, (_, index) => words.phrase(index, 1)).join(' ');
  return phrase.length > MAX_LENGTH ? undefined : phrase;
}

export interface FoundNames {
  /** Each once, in the order of the text. */
  readonly names: readonly string[];
  /** How often something was looked up. */
  readonly lookups: number;
}

export class NameIndex {
  /** How many members bear each name; below zero for a moment, where one is taken away before it is added. */
  readonly #bearers = new Map<string, number>();
  /** How many names there are of so many words. */
  readonly #ofWords: number[] = Array.from({ length: MAX_WORDS + 1 }, () => 0);
  /** Numbers of words that names have, the largest first. */
  #lengths: readonly number[] = [];

  /** How many names there are. */
  get size(): number {
    return this.#bearers.size;
  }

  /** One member more with a display name. */
  add(name: string): void {
    this.#change(name, 1);
  }

  /** One member less. */
  remove(name: string): void {
    this.#change(name, -1);
  }

  #change(name: string, by: number): void {
    const words = wordsOfName(name);
    if (words === undefined) return;
    const known = this.#bearers.get(words);
    const bearers = (known ?? 0) + by;
    if (bearers === 0) this.#bearers.delete(words);
    else this.#bearers.set(words, bearers);
    if (known === undefined) this.#countWords(words, 1);
    else if (bearers === 0) this.#countWords(words, -1);
  }

  #countWords(name: string, by: number): void {
    let count = 1;
    for (let at = name.indexOf(' '); at !== -1; at = name.indexOf(' ', at + 1)) count += 1;
    const before = this.#ofWords[count] ?? 0;
    this.#ofWords[count] = before + by;
    if (before !== 0 && before + by !== 0) return;
    this.#lengths = this.#ofWords.flatMap((names, length) => (names > 0 ? [length] : [])).reverse();
  }

  /** The names that stand in a text with at least so many letters and digits; of those that overlap the first, and the longest. */
  find(words: TextWords, shortest: number): FoundNames {
    const found = new Set<string>();
    let lookups = 0;
    for (let at = 0; at < words.count;) {
      let taken = 1;
      for (const length of this.#lengths) {
        if (at + length > words.count || words.lengthOf(at, length) > MAX_LENGTH) continue;
        lookups += 1;
        const phrase = words.phrase(at, length);
        if ((this.#bearers.get(phrase) ?? 0) <= 0) continue;
        if (lettersIn(phrase) >= shortest) {
          found.add(phrase);
          taken = length;
        }
        break;
      }
      at += taken;
    }
    return { names: [...found], lookups };
  }
}

function lettersIn(phrase: string): number {
  let letters = 0;
  for (const letter of phrase) if (letter !== ' ') letters += 1;
  return letters;
}
