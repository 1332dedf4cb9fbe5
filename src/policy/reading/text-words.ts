/**
 * A text as a row of words, in which phrases can be looked up without reading it again. Scripts that write no spaces between
 * words are read letter by letter.
 */
import { isPlainText } from './normalised-text.ts';

const PLAIN_WORD = /[a-z0-9]+/g;
/** A letter of a script without spaces, with its marks; or a run of other letters and digits. */
const WORD =
  /[[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]&&[\p{L}\p{N}]]\p{M}*|[[\p{L}\p{N}]--[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]][[\p{L}\p{N}\p{M}]--[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]]*/gv;

export class TextWords {
  /** A space, and each word with a space behind it. */
  readonly #joined: string;
  /** Where words begin in `#joined`; one more than there are words. */
  readonly #places: readonly number[];
  /** Where words begin and end in the text, one after another. */
  readonly #spans: readonly number[];

  /** Of normalised text. */
  constructor(text: string) {
    const words: string[] = [];
    const places = [1];
    const spans: number[] = [];
    let length = 1;
    for (const { 0: word, index } of text.matchAll(isPlainText(text) ? PLAIN_WORD : WORD)) {
      words.push(word);
      length += word.length + 1;
      places.push(length);
      spans.push(index, index + word.length);
    }
    this.#joined = words.length === 0 ? ' ' : ` ${words.join(' ')} `;
    this.#places = places;
    this.#spans = spans;
  }

  get count(): number {
    return this.#places.length - 1;
  }

  /** So many words from one on, a space between them; there must be as many. */
  phrase(first: number, count: number): string {
    return this.#joined.slice(this.#placeOf(first), this.#placeOf(first + count) - 1);
  }

  /** The length of that phrase in UTF-16 units. */
  lengthOf(first: number, count: number): number {
    return this.#placeOf(first + count) - 1 - this.#placeOf(first);
  }

  /** Where in the text a phrase stands first, whole words alone. */
  find(phrase: string): { readonly start: number; readonly end: number } | undefined {
    const at = this.#joined.indexOf(` ${phrase} `);
    if (at === -1) return undefined;
    const first = this.#wordAt(at + 1);
    const last = this.#wordAt(at + 1 + phrase.length + 1) - 1;
    return { start: this.#spans[2 * first] ?? 0, end: this.#spans[2 * last + 1] ?? 0 };
  }

  #placeOf(word: number): number {
    return this.#places[word] ?? this.#joined.length;
  }

  /** The word that begins at a place, or the next one. */
  #wordAt(place: number): number {
    let low = 0;
    let high = this.#places.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#placeOf(middle) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
