/** Many strings looked for at once, wherever they stand (Aho and Corasick 1975): the cost is that of the text alone. */

export interface SubstringMatch {
  /** Which of the strings looked for. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

export type SubstringFinder = (text: string) => readonly SubstringMatch[];

const MAX_MATCHES = 10;
const ROOT = 0;
const NONE = -1;

/** Empty strings are found nowhere; of equal ones the first is. Case counts. */
export function compileSubstrings(wanted: readonly string[]): SubstringFinder {
  const automaton = new Automaton();
  for (const [index, text] of wanted.entries()) automaton.add(text, index);
  automaton.link();
  return (text) => {
    const matches: SubstringMatch[] = [];
    let state = ROOT;
    for (let at = 0; at < text.length && matches.length < MAX_MATCHES; at += 1) {
      state = automaton.step(state, text.charCodeAt(at));
      automaton.endingAt(state, (index) => {
        matches.push({ index, start: at + 1 - (wanted[index]?.length ?? 0), end: at + 1 });
      });
    }
    return matches.slice(0, MAX_MATCHES);
  };
}

class Automaton {
  /** By state and UTF-16 unit. */
  readonly #next = new Map<number, number>();
  readonly #units: number[] = [0];
  readonly #parents: number[] = [NONE];
  /** Which string ends in a state. */
  readonly #ends: number[] = [NONE];
  /** The state of the longest proper suffix that some string begins with. */
  readonly #fails: number[] = [ROOT];
  /** The nearest state along those in which a string ends. */
  readonly #outputs: number[] = [NONE];

  add(text: string, index: number): void {
    let state = ROOT;
    for (let at = 0; at < text.length; at += 1) state = this.#child(state, text.charCodeAt(at));
    if (state !== ROOT && this.#ends[state] === NONE) this.#ends[state] = index;
  }

  #child(state: number, unit: number): number {
    const key = state * 0x10000 + unit;
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const made = this.#units.push(unit) - 1;
    this.#parents.push(state);
    this.#ends.push(NONE);
    this.#fails.push(ROOT);
    this.#outputs.push(NONE);
    this.#next.set(key, made);
    return made;
  }

  /** Links by depth, shortest first: what a link leads to is linked before. */
  link(): void {
    for (const state of this.#byDepth()) {
      const parent = this.#parents[state] ?? ROOT;
      const fail = parent === ROOT ? ROOT : this.step(this.#fails[parent] ?? ROOT, this.#units[state] ?? 0);
      this.#fails[state] = fail;
      this.#outputs[state] = this.#ends[fail] === NONE ? (this.#outputs[fail] ?? NONE) : fail;
    }
  }

  #byDepth(): number[] {
    const depths = [0];
    const states: number[] = [];
    for (let state = 1; state < this.#units.length; state += 1) {
      depths.push((depths[this.#parents[state] ?? ROOT] ?? 0) + 1);
      states.push(state);
    }
    return states.sort((a, b) => (depths[a] ?? 0) - (depths[b] ?? 0));
  }

  step(from: number, unit: number): number {
    let state = from;
    for (;;) {
      const next = this.#next.get(state * 0x10000 + unit);
      if (next !== undefined) return next;
      if (state === ROOT) return ROOT;
      state = this.#fails[state] ?? ROOT;
    }
  }

  endingAt(state: number, report: (index: number) => void): void {
    let at = this.#ends[state] === NONE ? (this.#outputs[state] ?? NONE) : state;
    while (at !== NONE) {
      report(this.#ends[at] ?? NONE);
      at = this.#outputs[at] ?? NONE;
    }
  }
}
