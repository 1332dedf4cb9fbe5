/** What a template's branches depend on: formulas over what the text holds, true or false of each text. Pure. */
import { afterSteps, type TextStep } from '../../reading/text-steps.ts';

type Steps = readonly TextStep[];

/** What a text holds, or a word of it that a loop is at. */
export type Literal =
  | { readonly type: 'contains' | 'hasWord'; readonly steps: Steps; readonly texts: readonly string[] }
  | {
      readonly type: 'isWord' | 'wordContains';
      readonly loop: number;
      readonly steps: Steps;
      readonly texts: readonly string[];
    };

/** Why something cannot be said in rules. */
export interface Reason {
  readonly line: number;
  readonly text: string;
}

export type Formula =
  | Literal
  | { readonly type: 'true' | 'false' }
  | { readonly type: 'not'; readonly of: Formula }
  | { readonly type: 'all' | 'any'; readonly of: readonly Formula[] }
  /** Nobody knows here. */
  | { readonly type: 'unknown'; readonly reason: Reason };

export const TRUE: Formula = { type: 'true' };
export const FALSE: Formula = { type: 'false' };

export function not(formula: Formula): Formula {
  if (formula.type === 'true') return FALSE;
  if (formula.type === 'false') return TRUE;
  return formula.type === 'not' ? formula.of : { type: 'not', of: formula };
}

export function all(...formulas: readonly Formula[]): Formula {
  const parts = formulas.flatMap((one) => (one.type === 'all' ? one.of : [one])).filter(({ type }) => type !== 'true');
  if (parts.some(({ type }) => type === 'false')) return FALSE;
  const [first, ...others] = parts;
  if (first === undefined) return TRUE;
  return others.length === 0 ? first : { type: 'all', of: parts };
}

/** Strings that are looked for in the same way become one list. */
export function any(...formulas: readonly Formula[]): Formula {
  const parts = formulas.flatMap((one) => (one.type === 'any' ? one.of : [one])).filter(({ type }) => type !== 'false');
  if (parts.some(({ type }) => type === 'true')) return TRUE;
  const merged = new Map<string, Formula>();
  for (const part of parts) {
    const key = mergeKey(part) ?? `#${String(merged.size)}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? part : joined(before, part));
  }
  const [first, ...others] = merged.values();
  if (first === undefined) return FALSE;
  return others.length === 0 ? first : { type: 'any', of: [first, ...others] };
}

function mergeKey(formula: Formula): string | undefined {
  if (!isLiteral(formula)) return undefined;
  const loop = 'loop' in formula ? String(formula.loop) : '';
  return JSON.stringify([formula.type, formula.steps, loop]);
}

function joined(one: Formula, other: Formula): Formula {
  if (!isLiteral(one) || !isLiteral(other)) return other;
  return { ...one, texts: [...new Set([...one.texts, ...other.texts])] };
}

export function isLiteral(formula: Formula): formula is Literal {
  return 'texts' in formula;
}

const sizes = new WeakMap<Formula, number>();

/** How many formulas it is made of; those that stand in it twice count twice. */
export function sizeOf(formula: Formula): number {
  const known = sizes.get(formula);
  if (known !== undefined) return known;
  const parts = formula.type === 'not' ? [formula.of] : 'of' in formula ? formula.of : [];
  const size = parts.reduce((total, part) => total + sizeOf(part), 1);
  sizes.set(formula, size);
  return size;
}

/** True of no text of which the formula is not: what is unknown counts as what makes it false. */
export function surely(formula: Formula, isNegated = false): Formula {
  switch (formula.type) {
    case 'true':
    case 'false':
      return isNegated ? not(formula) : formula;
    case 'unknown':
      return FALSE;
    case 'not':
      return surely(formula.of, !isNegated);
    case 'all':
    case 'any': {
      const parts = formula.of.map((one) => surely(one, isNegated));
      return (formula.type === 'all') === isNegated ? any(...parts) : all(...parts);
    }
    default:
      return isNegated ? not(formula) : formula;
  }
}

export function reasonsIn(formula: Formula): readonly Reason[] {
  switch (formula.type) {
    case 'unknown':
      return [formula.reason];
    case 'not':
      return reasonsIn(formula.of);
    case 'all':
    case 'any':
      return formula.of.flatMap(reasonsIn);
    default:
      return [];
  }
}

const MOST_CASES = 500;

/** Whether there is a word of which the formula holds. Of what rules cannot say, something unknown is left. */
export function someWord(formula: Formula, loop: number, line: number): Formula {
  const cases = casesOf(formula, false);
  if (cases === undefined) return unknown(line, 'there are too many cases of what a word may be');
  return any(...cases.map((one) => someWordOf(one, loop, line)));
}

export function unknown(line: number, text: string): Formula {
  return { type: 'unknown', reason: { line, text } };
}

type Case = readonly Formula[];

/** As a list of cases, each a list of literals, negated ones and what is unknown; `undefined` where there are too many. */
function casesOf(formula: Formula, isNegated: boolean): Cases {
  switch (formula.type) {
    case 'true':
    case 'false':
      return (formula.type === 'true') === isNegated ? [] : [[]];
    case 'not':
      return casesOf(formula.of, !isNegated);
    case 'all':
    case 'any': {
      const join = (formula.type === 'any') === isNegated ? product : sum;
      return formula.of.map((one) => casesOf(one, isNegated)).reduce(join);
    }
    default:
      return [[isNegated && formula.type !== 'unknown' ? not(formula) : formula]];
  }
}

type Cases = readonly Case[] | undefined;

function sum(one: Cases, other: Cases): Cases {
  if (one === undefined || other === undefined || one.length + other.length > MOST_CASES) return undefined;
  return [...one, ...other];
}

function product(one: Cases, other: Cases): Cases {
  if (one === undefined || other === undefined || one.length * other.length > MOST_CASES) return undefined;
  return one.flatMap((first) => other.map((second) => [...first, ...second]));
}

interface WordTest {
  readonly literal: Literal;
  readonly isNegated: boolean;
}

function someWordOf(one: Case, loop: number, line: number): Formula {
  const tests: WordTest[] = [];
  const others: Formula[] = [];
  for (const part of one) {
    const bare = part.type === 'not' ? part.of : part;
    if (isLiteral(bare) && 'loop' in bare && bare.loop === loop) {
      tests.push({ literal: bare, isNegated: part.type === 'not' });
    } else others.push(part);
  }
  return tests.length === 0 ? all(...others) : all(...others, wordWith(tests, line));
}

function wordWith(tests: readonly WordTest[], line: number): Formula {
  for (const { literal, isNegated } of tests) {
    if (isNegated || literal.type !== 'isWord') continue;
    const { steps, texts } = literal;
    const rest = tests.map((test) => restOf(test, steps));
    if (rest.some((test) => test === undefined)) continue;
    return listedWord(
      texts.filter((word) => rest.every((test) => test?.(word) ?? false)),
      steps,
      line,
    );
  }
  const [only, ...others] = tests;
  if (only?.literal.type === 'wordContains' && !only.isNegated && others.length === 0) {
    const { steps, texts } = only.literal;
    const within = texts.filter((text) => !/[\t\n\f\r ]/.test(text));
    return within.length === 0 ? FALSE : { type: 'contains', steps, texts: within };
  }
  return unknown(line, 'no check looks for a word that is none of some others, or holds several strings');
}

function listedWord(words: readonly string[], steps: Steps, line: number): Formula {
  const whole = words.filter((word) => word !== '' && !/[\t\n\f\r ]/.test(word));
  const listed: Formula = whole.length === 0 ? FALSE : { type: 'hasWord', steps, texts: whole };
  return words.includes('') ? any(listed, unknown(line, 'no check looks for empty words')) : listed;
}

/** What a test says of a word after these steps; `undefined` where it looks at the word after others. */
function restOf({ literal, isNegated }: WordTest, steps: Steps): ((word: string) => boolean) | undefined {
  if (steps.some((step, index) => literal.steps[index] !== step)) return undefined;
  const more = literal.steps.slice(steps.length);
  return (word) => {
    const text = afterSteps(word, more);
    const holds =
      literal.type === 'isWord' ? literal.texts.includes(text) : literal.texts.some((one) => text.includes(one));
    return holds !== isNegated;
  };
}
