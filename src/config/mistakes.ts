/** What a schema finds wrong in what people wrote, in their words: one mistake at a time, with what was expected. */
import type { z } from 'zod';
import { nearestWord } from './nearest.ts';

export type Issue = z.core.$ZodIssue;
export type Path = readonly PropertyKey[];

export interface Mistake {
  readonly path: Path;
  readonly message: string;
}

/** What may have been meant by a key that is not known in a section, as half a sentence. */
export type Suggest = (section: Path, key: string) => string;

/** One for each mistake, in the order of the schema. */
export function mistakesIn(issues: readonly Issue[], input: unknown, suggest: Suggest): Mistake[] {
  return issues.flatMap((issue) => mistakesOf(issue, [], input, suggest));
}

/** Keys that are no plain words are quoted: `lists["!abc:example.org"].trust`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${String(step)}]`;
    const name = String(step);
    if (!/^[\p{L}\p{N}_-]+$/u.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** The steps of a formatted path. */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\[("(?:[^"\\]|\\.)*"|\d+)\]|[^.[]+/g)].map(([whole, inner]) =>
    inner === undefined ? whole : inner.startsWith('"') ? String(JSON.parse(inner)) : Number(inner),
  );
}

/** The nearest of the known keys, or all of them. */
export function suggestFrom(known: readonly string[], key: string): string {
  const near = nearestWord(key, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length === 0 ? 'nothing can be set here' : `the keys here are ${known.join(', ')}`;
}

function mistakesOf(issue: Issue, prefix: Path, input: unknown, suggest: Suggest): Mistake[] {
  const path = [...prefix, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: `no such key; ${suggest(path, key)}` }));
    case 'invalid_union':
      return mistakesOfUnion(issue, path, input, suggest);
    case 'invalid_key': {
      const expected = issue.issues.map((inner) => expectation(inner)).join(' and ');
      return [{ path, message: `cannot be a name here: expected ${expected}` }];
    }
    case 'custom':
      return [{ path, message: `${issue.message}${foundAt(input, path)}` }];
    default: {
      const value = valueAt(input, path);
      if (value === undefined) return [{ path, message: `is missing: expected ${expectation(issue)}` }];
      return [{ path, message: `expected ${expectation(issue)}, found ${describe(value)}${nearestOf(issue, value)}` }];
    }
  }
}

/** Of a section or a list as a whole there is nothing to show. */
function foundAt(input: unknown, path: Path): string {
  const value = valueAt(input, path);
  return typeof value === 'object' && value !== null ? '' : `, found ${describe(value)}`;
}

/** Which of the words that are allowed was probably meant. */
function nearestOf(issue: Issue, value: unknown): string {
  if (issue.code !== 'invalid_value' || typeof value !== 'string') return '';
  const near = nearestWord(
    value,
    issue.values.filter((word) => typeof word === 'string'),
  );
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

function mistakesOfUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  input: unknown,
  suggest: Suggest,
): Mistake[] {
  const value = valueAt(input, path);
  const shaped = issue.errors.find((branch) => branch.every(({ code, path: inner }) => isInside(code, inner)));
  if (shaped !== undefined && typeof value === 'object' && value !== null) {
    return shaped.flatMap((inner) => mistakesOf(inner, path, input, suggest));
  }
  if (issue.errors.length === 0) return [{ path, message: `${issue.message}, found ${describe(value)}` }];
  const expected = issue.errors.map((branch) => branch.map((inner) => expectation(inner)).join(' and ')).join(' or ');
  return [{ path, message: `expected ${expected}, found ${describe(value)}` }];
}

function isInside(code: Issue['code'], path: Path): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
}

function expectation(issue: Issue): string {
  const own = withoutExpected(issue.message);
  if (own !== undefined) return own;
  switch (issue.code) {
    case 'invalid_type':
      return typeNames.get(issue.expected) ?? issue.expected;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      return `${quantity(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}`;
    case 'too_big':
      return `${quantity(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${String(issue.maximum)}`;
    case 'invalid_format':
      return `a valid ${issue.format}`;
    default:
      return issue.message;
  }
}

function withoutExpected(message: string): string | undefined {
  return message.startsWith('expected ') ? message.slice('expected '.length) : undefined;
}

const typeNames: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'an integer'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a section with keys'],
  ['record', 'a section with keys'],
  ['nonoptional', 'a value'],
]);

function quantity(origin: string): string {
  if (origin === 'string') return 'text whose length is';
  if (origin === 'array') return 'a list whose length is';
  return 'a number of';
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return value;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
