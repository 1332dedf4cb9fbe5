/** The settings as a list, for environment variables, suggestions and the generated reference. */
import { z } from 'zod';
import { configSchema } from './schema.ts';
import { childOf, itemOf, keysIn, type JsonSchema } from './schema-keys.ts';

export type KeyKind = 'section' | 'list' | 'text' | 'number' | 'boolean' | 'choice';

export interface ConfigKey {
  readonly path: readonly string[];
  readonly variable: string;
  readonly kind: KeyKind;
  /** The type in words, e.g. `list of text`. */
  readonly type: string;
  /** JSON of the default, or words where it depends; undefined where there is none. */
  readonly fallback: string | undefined;
  readonly unit: string | undefined;
  readonly description: string;
}

const documentSchema = z.toJSONSchema(configSchema, { io: 'input' });

/** All keys that an environment variable can set, sections before what they hold. Items of lists have none. */
export const configKeys: readonly ConfigKey[] = collect(documentSchema, []);

export function variableOf(path: readonly string[]): string {
  return `GATEHOUSE_${path.join('__').toUpperCase()}`;
}

/** The keys known at a path, list positions included; undefined where the path leads to no section. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] | undefined {
  return keysIn(documentSchema, path);
}

function collect(schema: JsonSchema, path: readonly string[]): ConfigKey[] {
  const keys: ConfigKey[] = [];
  for (const name of Object.keys(schema.properties ?? {})) {
    const inner = childOf(schema, name);
    if (inner === undefined) continue;
    const key = describe(inner, [...path, name]);
    keys.push(key, ...(key.kind === 'section' ? collect(inner, key.path) : []));
  }
  return keys;
}

function describe(schema: JsonSchema, path: readonly string[]): ConfigKey {
  const { unit, fallback, description } = schema;
  const kind = kindOf(schema);
  const preset = kind === 'section' || schema.default === undefined ? undefined : JSON.stringify(schema.default);
  return {
    path,
    variable: variableOf(path),
    kind,
    type: typeInWords(schema),
    fallback: typeof fallback === 'string' ? fallback : preset,
    unit: typeof unit === 'string' ? unit : undefined,
    description: description ?? '',
  };
}

function kindOf(schema: JsonSchema): KeyKind {
  if (schema.enum !== undefined) return 'choice';
  switch (schema.type) {
    case 'object':
      return 'section';
    case 'array':
      return 'list';
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    default:
      return 'text';
  }
}

function typeInWords(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  switch (kindOf(schema)) {
    case 'section':
      return 'section';
    case 'list': {
      const item = itemOf(schema);
      return item === undefined ? 'list' : `list of ${typeInWords(item)}`;
    }
    case 'boolean':
      return 'true or false';
    case 'number':
      return `integer${schema.minimum === undefined ? '' : `, at least ${String(schema.minimum)}`}`;
    default:
      return 'text';
  }
}
