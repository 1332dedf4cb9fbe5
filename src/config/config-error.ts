/** What is wrong with a configuration, for people. */
import { configKeys, keysAt } from './keys.ts';
import { formatPath, mistakesIn, suggestFrom, type Issue, type Path } from './mistakes.ts';
import { nearestWord } from './nearest.ts';

export interface ConfigError {
  /** The setting, e.g. `listen[0].port`; empty where the whole configuration is meant. */
  readonly path: string;
  /** Where it was written: `gatehouse.yaml:7`, an environment variable, or empty. */
  readonly where: string;
  readonly message: string;
}

/** Finds where a setting was written; empty where it was not. */
export type Locate = (path: Path) => string;

/** One error per mistake, in the order of the schema. */
export function errorsOf(issues: readonly Issue[], input: unknown, locate: Locate): ConfigError[] {
  return mistakesIn(issues, input, suggestion).map(({ path, message }) => ({
    path: formatPath(path),
    where: locate(path),
    message,
  }));
}

export function formatConfigError(error: ConfigError): string {
  return [error.where, error.path, error.message].filter((part) => part !== '').join(': ');
}

function suggestion(section: Path, key: string): string {
  const siblings = keysAt(section) ?? [];
  if (nearestWord(key, siblings) === undefined) {
    const elsewhere = configKeys.find((known) => known.path.at(-1) === key);
    if (elsewhere !== undefined) return `did you mean "${elsewhere.path.join('.')}"?`;
  }
  return suggestFrom(siblings, key);
}
