/** What a text must hold for an expression of RE2 to match: a search for it leaves out nearly all expressions cheaply. */

/** More alternatives than this are no cheaper to look for than the expression itself. */
const MOST_ALTERNATIVES = 12;

/**
 * Runs of ASCII characters in lower case one of which every match holds, in any case; empty where none is certain. The
 * expression must be one that compiles.
 */
export function requiredLiterals(pattern: string): readonly string[] {
  if (pattern.includes('\\Q')) return [];
  return literalsOf(pattern);
}

/** Each branch of an expression has literals of its own, and a match of any of them will do. */
function literalsOf(pattern: string): readonly string[] {
  const literals = new Set<string>();
  for (const branch of branchesOf(pattern)) {
    const ofBranch = literalsOfBranch(branch);
    if (ofBranch.length === 0) return [];
    for (const literal of ofBranch) literals.add(literal);
  }
  return literals.size > MOST_ALTERNATIVES ? [] : [...literals];
}

function branchesOf(pattern: string): readonly string[] {
  const branches: string[] = [];
  let start = 0;
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at] ?? '';
    if (character === '|') {
      branches.push(pattern.slice(start, at));
      start = at + 1;
    }
    at = character === '(' || character === '[' || character === '\\' ? endOfItem(pattern, at) : at + 1;
  }
  return [...branches, pattern.slice(start)];
}

/** Where the group, class or escape that begins here ends. */
function endOfItem(pattern: string, at: number): number {
  if (pattern[at] === '(') return endOfGroup(pattern, at);
  if (pattern[at] === '[') return endOfClass(pattern, at);
  return endOfEscape(pattern, at);
}

function literalsOfBranch(pattern: string): readonly string[] {
  const runs = new Runs();
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at] ?? '';
    if (character === '\\') {
      at = readEscape(pattern, at, runs);
    } else if (character === '(' || character === '[') {
      runs.close();
      const end = endOfItem(pattern, at);
      if (!isOptional(pattern, end)) {
        const item = pattern.slice(at, end);
        runs.consider(character === '(' ? literalsOf(insideOf(item)) : membersOf(item));
      }
      at = end;
    } else if (/[*?+{]/.test(character)) {
      at = readRepetition(pattern, at, runs);
    } else {
      if (/[.^$]/.test(character) || character > '\x7e') runs.close();
      else runs.add(character.toLowerCase());
      at += 1;
    }
  }
  runs.close();
  return runs.best;
}

/** Of a class that names a few characters, of which none has another case; empty for any other. */
function membersOf(item: string): readonly string[] {
  const [, named = ''] = /^\[([^\]\\^[-]{1,12})\]$/.exec(item) ?? [];
  const members = [...new Set(named)];
  return members.every((one) => one.length === 1 && one.toLowerCase() === one.toUpperCase()) ? members : [];
}

/** Of a group, without what stands for its name or flags. */
function insideOf(group: string): string {
  return group.slice(1, -1).replace(/^\?(?:P?<\w+>|[a-zA-Z-]*:|[a-zA-Z-]*$)/, '');
}

/** What stands here lets the thing before it be left out. */
function isOptional(pattern: string, at: number): boolean {
  return /^(?:[*?]|\{0)/.test(pattern.slice(at, at + 2));
}

/** The text as literals are looked for in it: the letters that RE2 folds with those of ASCII are folded. */
export function foldForLiterals(text: string): string {
  return text.toLowerCase().replaceAll('\u017f', 's');
}

/** The literals found so far that are the rarest in texts: of several the shortest counts. */
class Runs {
  best: readonly string[] = [];
  #run = '';

  add(character: string): void {
    this.#run += character;
  }

  dropLast(): void {
    this.#run = this.#run.slice(0, -1);
  }

  close(): void {
    if (this.#run !== '') this.consider([this.#run]);
    this.#run = '';
  }

  consider(literals: readonly string[]): void {
    if (literals.length > 0 && shortest(literals) > shortest(this.best)) this.best = literals;
  }
}

function shortest(literals: readonly string[]): number {
  return literals.length === 0 ? 0 : Math.min(...literals.map((literal) => literal.length));
}

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
  ['v', '\v'],
]);

/** Escaped punctuation stands for itself; what else there is stands for more than one character or for none. */
function readEscape(pattern: string, at: number, runs: Runs): number {
  const escaped = pattern[at + 1] ?? '';
  if (/[^a-zA-Z0-9]/.test(escaped) && escaped <= '\x7e') {
    runs.add(escaped);
    return at + 2;
  }
  const control = CONTROLS.get(escaped);
  if (control !== undefined) {
    runs.add(control);
    return at + 2;
  }
  runs.close();
  return endOfEscape(pattern, at);
}

function endOfEscape(pattern: string, at: number): number {
  const escaped = pattern[at + 1] ?? '';
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
