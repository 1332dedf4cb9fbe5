/** Which runs of three characters a text has, as a set of bits: tells of most words at once that they are not in it. */

const BITS = 8_192;
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
    for (let at = 0; at + GRAM <= text.length; at += 1) {
      const bit = bitAt(text, at);
      bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
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
  for (let at = 0; at + GRAM <= word.length; at += 1) grams.add(bitAt(word, at));
  return [...grams];
}

function bitAt(text: string, at: number): number {
  const mixed =
    Math.imul(text.charCodeAt(at), 0x9e3779b1) ^
    Math.imul(text.charCodeAt(at + 1), 0x85ebca6b) ^
    Math.imul(text.charCodeAt(at + 2), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) & (BITS - 1);
}
