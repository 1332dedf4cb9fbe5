/** Regular expressions of the syntax of RE2: no text makes one take longer than in proportion to its length. */
import { RE2JS, RE2JSException } from 're2js';
import { requiredLiterals } from './pattern-literal.ts';
import { searchedText, type SearchedText } from './searched-text.ts';
import { gramsOf } from './text-grams.ts';

export interface Pattern {
  readonly source: string;
  /** Instructions of the compiled expression: what a character of text can cost at most. */
  readonly size: number;
  /** A text whose `foldForLiterals` holds none of these cannot match; empty where nothing can be said. */
  readonly literals: readonly Literal[];
  matches(text: string): boolean;
  /** The first match; `undefined` where a long text has to be looked at in parts and none of them shows it. */
  find(text: string): { readonly start: number; readonly end: number } | undefined;
}

interface Literal {
  readonly text: string;
  readonly grams: readonly number[];
}

export type PatternResult =
  { readonly ok: true; readonly pattern: Pattern } | { readonly ok: false; readonly expected: string };

const MAX_SIZE = 1_000;
/** Finding where a match is costs many times more than finding that there is one: it is done in parts. */
const WINDOW = 4_096;
const OVERLAP = 1_024;

export function compilePattern(source: string, options: { readonly caseSensitive: boolean }): PatternResult {
  const compiled = compile(source, options.caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
  if (typeof compiled === 'string') return { ok: false, expected: compiled };
  const size = compiled.programSize();
  if (size > MAX_SIZE) {
    return { ok: false, expected: `expected a shorter expression, of ${MAX_SIZE} steps at most rather than ${size}` };
  }
  if (compiled.test('')) return { ok: false, expected: 'expected an expression that does not match the empty text' };
  return {
    ok: true,
    pattern: {
      ...{ source, size },
      literals: requiredLiterals(source).map((text) => ({ text, grams: gramsOf(text) })),
      matches: (text) => compiled.test(text),
      find: (text) => findIn(compiled, text),
    },
  };
}

function compile(source: string, flags: number): RE2JS | string {
  try {
    return RE2JS.compile(source, flags);
  } catch (error) {
    if (error instanceof RE2JSException) return reasonFor(error.message);
    throw error;
  }
}

function reasonFor(message: string): string {
  const detail = message.replace(/^error parsing regexp: /, '');
  if (/`\(\?<?[=!]|invalid named capture: `\(\?<[=!]/.test(detail)) {
    return `expected an expression without lookahead and lookbehind, which some texts make slow: ${detail}`;
  }
  if (/`\\(?:[1-9]|k)`/.test(detail)) {
    return `expected an expression without references back to groups, which some texts make slow: ${detail}`;
  }
  return `expected a regular expression (syntax of RE2): ${detail}`;
}

function findIn(compiled: RE2JS, text: string): { start: number; end: number } | undefined {
  for (let from = 0; from === 0 || from + OVERLAP < text.length; from += WINDOW - OVERLAP) {
    const part = text.slice(from, from + WINDOW);
    if (!compiled.test(part)) continue;
    const matcher = compiled.matcher(part);
    if (matcher.find()) return { start: from + matcher.start(), end: from + matcher.end() };
  }
  return undefined;
}

/** Which of these match a text. */
export type PatternFinder = (text: string) => readonly Pattern[];

const NONE: readonly Pattern[] = [];

/** Many expressions against one text: nearly all are left out by what the text lacks. */
export function compileFinder(patterns: readonly Pattern[]): PatternFinder {
  const always = new Set(patterns.filter(({ literals }) => literals.some(({ grams }) => grams.length === 0)));
  for (const pattern of patterns) if (pattern.literals.length === 0) always.add(pattern);
  const told = patterns.filter((pattern) => !always.has(pattern));
  const literals = told.flatMap((pattern) => pattern.literals.map(({ grams }) => ({ pattern, grams })));
  // One run of each literal is looked at first, and mostly alone.
  const firsts = Uint16Array.from(literals, ({ grams }) => grams[0] ?? 0);
  return (text) => {
    const searched = searchedText(text);
    let possible: Set<Pattern> | undefined;
    for (let at = 0; at < firsts.length; at += 1) {
      if (!searched.grams.has(firsts[at] ?? 0)) continue;
      const literal = literals[at];
      if (literal !== undefined && searched.grams.mayHold(literal.grams)) (possible ??= new Set()).add(literal.pattern);
    }
    if (possible === undefined && always.size === 0) return NONE;
    return patterns.filter(
      (one) => (always.has(one) || possible?.has(one)) && canMatch(one, searched) && one.matches(text),
    );
  };
}

function canMatch({ literals }: Pattern, { folded }: SearchedText): boolean {
  return literals.length === 0 || literals.some((literal) => folded.includes(literal.text));
}
