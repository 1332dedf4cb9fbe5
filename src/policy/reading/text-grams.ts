/** Which runs of three characters a text has, as a set of bits: tells of most words at once that they are not in it. */

const BITS = 8_192;
const SHIFT = 19;
const GRAM = 3;
/** Longer texts have nearly every run. */
const LONGEST = 4_096;

export class TextGrams {
  readonly #bits = new Uint32Array(BITS / 32);

  constructor(text: string) {
    this.set(text);
  }

  /** As if it were made of this text: memory of this size is not cheap to get. */
  set(text: string): void {
    const bits = this.#bits;
    bits.fill(0);
    if (text.length > LONGEST) {
      bits.fill(0xffffffff);
      return;
    }
    let [first, second] = [text.charCodeAt(0), text.charCodeAt(1)];
    for (let at = 2; at < text.length; at += 1) {
      const third = text.charCodeAt(at);
      const bit = bitOf(first, second, third);
      bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
      first = second;
      second = third;
    }
  }

  /** False where the text surely lacks this one of the runs that `gramsOf` gave. */
  has(gram: number): boolean {
    return (((this.#bits[gram >>> 5] ?? 0) >>> (gram & 31)) & 1) === 1;
  }

  /** False where the text surely lacks one of the runs that `gramsOf` gave. */
  mayHold(grams: readonly number[]): boolean {
    for (const gram of grams) if (!this.has(gram)) return false;
    return true;
  }
}

/** What to ask `mayHold` about a word; nothing for words that are shorter than a run. */
export function gramsOf(word: string): readonly number[] {
  const grams = new Set<number>();
  for (let at = 0; at + GRAM <= word.length; at += 1) {
    grams.add(bitOf(word.charCodeAt(at), word.charCodeAt(at + 1), word.charCodeAt(at + 2)));
  }
  return [...grams];
}

function bitOf(first: number, second: number, third: number): number {
  return Math.imul(Math.imul(Math.imul(first, 67) + second, 67) + third, 0x9e3779b1) >>> SHIFT;
}
