/** What a text must hold for an expression of RE2 to match: a search for it leaves out nearly all expressions cheaply. */

/**
 * The longest run of ASCII characters in lower case that every match holds, in any case; empty where none is certain. The
 * expression must be one that compiles.
 */
export function requiredLiteral(pattern: string): string {
  const runs = new Runs();
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at] ?? '';
    if (character === '|') return '';
    if (character === '\\') {
      if (pattern[at + 1] === 'Q') return '';
      at = readEscape(pattern, at, runs);
    } else if (character === '(' || character === '[') {
      runs.close();
      at = character === '(' ? endOfGroup(pattern, at) : endOfClass(pattern, at);
    } else if (/[*?+{]/.test(character)) {
      at = readRepetition(pattern, at, runs);
    } else {
      if (/[.^$]/.test(character) || character > '\x7e') runs.close();
      else runs.add(character.toLowerCase());
      at += 1;
    }
  }
  runs.close();
  return runs.longest;
}

/** The text as literals are looked for in it: the letters that RE2 folds with those of ASCII are folded. */
export function foldForLiterals(text: string): string {
  return text.toLowerCase().replaceAll('\u017f', 's');
}

class Runs {
  longest = '';
  #run = '';

  add(character: string): void {
    this.#run += character;
  }

  dropLast(): void {
    this.#run = this.#run.slice(0, -1);
  }

  close(): void {
    if (this.#run.length > this.longest.length) this.longest = this.#run;
    this.#run = '';
  }
}

/** Escaped punctuation stands for itself; what else there is stands for more than one character or for none. */
function readEscape(pattern: string, at: number, runs: Runs): number {
  const escaped = pattern[at + 1] ?? '';
  if (/[^a-zA-Z0-9]/.test(escaped) && escaped <= '\x7e') {
    runs.add(escaped);
    return at + 2;
  }
  runs.close();
  if (/[pPx]/.test(escaped) && pattern[at + 2] === '{') return endOfBraces(pattern, at + 2);
  if (escaped === 'x') return at + 4;
  if (/[pP]/.test(escaped)) return at + 3;
  return at + (/[0-7]/.test(escaped) ? (/^[0-7]{1,3}/.exec(pattern.slice(at + 1))?.[0].length ?? 0) + 1 : 2);
}

/** `{` stands for itself where no numbers follow. */
function readRepetition(pattern: string, at: number, runs: Runs): number {
  const [text] = /^(?:\{\d+(?:,\d*)?\}|[*?+])\??/.exec(pattern.slice(at, at + 20)) ?? [];
  if (text === undefined) {
    runs.add('{');
    return at + 1;
  }
  if (!text.startsWith('+')) runs.dropLast();
  runs.close();
  return at + text.length;
}

function endOfBraces(pattern: string, at: number): number {
  const end = pattern.indexOf('}', at);
  return end === -1 ? pattern.length : end + 1;
}

function endOfGroup(pattern: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < pattern.length) {
    const character = pattern[at] ?? '';
    if (character === '[') at = endOfClass(pattern, at);
    else if (character === '\\') at = pattern[at + 1] === 'Q' ? endOfQuote(pattern, at) : at + 2;
    else {
      if (character === '(') depth += 1;
      if (character === ')') depth -= 1;
      at += 1;
      if (depth === 0) return at;
    }
  }
  return pattern.length;
}

function endOfQuote(pattern: string, at: number): number {
  const end = pattern.indexOf('\\E', at);
  return end === -1 ? pattern.length : end + 2;
}

/** `]` right behind the opening, or the `^` behind it, stands for itself; named classes hold brackets of their own. */
function endOfClass(pattern: string, from: number): number {
  let at = from + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') at += 1;
  while (at < pattern.length && pattern[at] !== ']') {
    const named = /^\[:\^?[a-z]+:\]/.exec(pattern.slice(at, at + 16));
    if (named !== null) at += named[0].length;
    else at += pattern[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}
