/** Settings from environment variables: `GATEHOUSE_` and the key's path, parts joined by `__`. */
import { parseDocument } from 'yaml';
import type { ConfigError } from './config-error.ts';
import { configKeys, type ConfigKey } from './keys.ts';
import { nearestWord } from './nearest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Override {
  readonly key: ConfigKey;
  readonly value: unknown;
}

export interface EnvironmentOverrides {
  /** Sections before the keys inside them. */
  readonly overrides: readonly Override[];
  readonly errors: readonly ConfigError[];
}

const PREFIX = 'GATEHOUSE_';
/** Variables that are no settings: the file's own name, and those of the repository's tests. */
const OTHER_VARIABLES = /^GATEHOUSE_(?:CONFIG|EXECUTABLE|SEED|INTEROP(?:_.*)?)$/;
/** What Kubernetes sets in every container beside a service that is called "gatehouse". */
const KUBERNETES = /^GATEHOUSE_(?:SERVICE_(?:HOST|PORT(?:_.*)?)|PORT(?:_\d+_(?:TCP|UDP).*)?)$/;

/** Empty variables count as unset. */
export function readEnvironment(env: Environment): EnvironmentOverrides {
  const overrides: Override[] = [];
  const errors: ConfigError[] = unknownVariables(env);
  for (const key of configKeys) {
    const text = env[key.variable];
    if (text === undefined || text === '') continue;
    const parsed = parseValue(key, text);
    if (parsed.ok) overrides.push({ key, value: parsed.value });
    else errors.push({ path: key.path.join('.'), where: key.variable, message: parsed.message });
  }
  return { overrides, errors };
}

/** Puts the overrides into a configuration as written; sections that are no sections are left for the check to report. */
export function applyOverrides(content: Record<string, unknown>, overrides: readonly Override[]): void {
  for (const { key, value } of overrides) {
    let section = content;
    for (const step of key.path.slice(0, -1)) {
      const inner = section[step];
      const copy = isSection(inner) ? { ...inner } : {};
      section[step] = copy;
      section = copy;
    }
    const last = key.path.at(-1);
    if (last !== undefined) section[last] = value;
  }
}

function unknownVariables(env: Environment): ConfigError[] {
  const known = new Set(configKeys.map((key) => key.variable));
  const names = [...known].map((name) => name.slice(PREFIX.length));
  const errors: ConfigError[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || known.has(name) || value === undefined || value === '') continue;
    if (OTHER_VARIABLES.test(name) || KUBERNETES.test(name)) continue;
    const near = nearestWord(name.slice(PREFIX.length), names);
    const hint = near === undefined ? '' : `; did you mean ${PREFIX}${near}?`;
    errors.push({ path: '', where: name, message: `no such setting${hint}` });
  }
  return errors.toSorted((a, b) => (a.where < b.where ? -1 : 1));
}

function parseValue(key: ConfigKey, text: string): { ok: true; value: unknown } | { ok: false; message: string } {
  if (key.kind === 'text' || key.kind === 'choice') return { ok: true, value: text };
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) return { ok: false, message: `not valid YAML or JSON: ${problem.message}` };
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (key.kind === 'list' && !Array.isArray(value)) {
    return { ok: false, message: `expected a list such as ["a", "b"], found ${JSON.stringify(text.slice(0, 80))}` };
  }
  return { ok: true, value };
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
