/** What is wrong with a configuration, for people. */
import type { z } from 'zod';
import { configKeys, keysAt } from './keys.ts';
import { nearestWord } from './nearest.ts';

export interface ConfigError {
  /** The setting, e.g. `listen[0].port`; empty where the whole configuration is meant. */
  readonly path: string;
  /** Where it was written: `gatehouse.yaml:7`, an environment variable, or empty. */
  readonly where: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Finds where a setting was written; empty where it was not. */
export type Locate = (path: Path) => string;

/** One error per mistake, in the order of the schema. */
export function errorsOf(issues: readonly Issue[], input: unknown, locate: Locate): ConfigError[] {
  return issues.flatMap((issue) => errorsOfIssue(issue, [], input, locate));
}

export function formatConfigError(error: ConfigError): string {
  return [error.where, error.path, error.message].filter((part) => part !== '').join(': ');
}

export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${String(step)}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

function errorsOfIssue(issue: Issue, prefix: Path, input: unknown, locate: Locate): ConfigError[] {
  const path = [...prefix, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        return errorAt([...path, key], locate, `no such key; ${suggestion(path, key)}`);
      });
    case 'invalid_union': {
      const value = valueAt(input, path);
      const shaped = issue.errors.find((branch) => branch.every(({ code, path: inner }) => isInside(code, inner)));
      if (shaped !== undefined && typeof value === 'object' && value !== null) {
        return shaped.flatMap((inner) => errorsOfIssue(inner, path, input, locate));
      }
      const expected = issue.errors
        .map((branch) => branch.map((inner) => expectation(inner)).join(' and '))
        .join(' or ');
      return [errorAt(path, locate, `expected ${expected}, found ${describe(value)}`)];
    }
    case 'custom':
      return [errorAt(path, locate, `${issue.message}, found ${describe(valueAt(input, path))}`)];
    default: {
      const value = valueAt(input, path);
      if (value === undefined) return [errorAt(path, locate, `is missing: expected ${expectation(issue)}`)];
      return [errorAt(path, locate, `expected ${expectation(issue)}, found ${describe(value)}`)];
    }
  }
}

function errorAt(path: Path, locate: Locate, message: string): ConfigError {
  return { path: formatPath(path), where: locate(path), message };
}

function isInside(code: Issue['code'], path: Path): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames.get(issue.expected) ?? issue.expected;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      return `${quantity(issue.origin)} at least ${String(issue.minimum)}`;
    case 'too_big':
      return `${quantity(issue.origin)} at most ${String(issue.maximum)}`;
    case 'invalid_format':
      return issue.message.startsWith('expected ')
        ? issue.message.slice('expected '.length)
        : `a valid ${issue.format}`;
    default:
      return issue.message;
  }
}

const typeNames: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'an integer'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a section with keys'],
]);

function quantity(origin: string): string {
  if (origin === 'string') return 'text whose length is';
  if (origin === 'array') return 'a list whose length is';
  return 'a number of';
}

function suggestion(section: Path, key: string): string {
  const siblings = keysAt(section) ?? [];
  const near = nearestWord(key, siblings);
  if (near !== undefined) return `did you mean "${near}"?`;
  const elsewhere = configKeys.find((known) => known.path.at(-1) === key);
  if (elsewhere !== undefined) return `did you mean "${elsewhere.path.join('.')}"?`;
  return siblings.length === 0 ? 'nothing can be set here' : `the keys here are ${siblings.join(', ')}`;
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
