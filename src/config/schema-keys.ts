/** Which keys a schema knows, from its JSON Schema: for suggestions, environment variables and documentation. */
import type { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The keys known at a path, positions in lists included; undefined where the path leads to no section with fixed keys. */
export function keysIn(root: JsonSchema, path: readonly PropertyKey[]): readonly string[] | undefined {
  let schema: JsonSchema | undefined = root;
  for (const step of path) {
    if (schema === undefined) return undefined;
    schema = typeof step === 'number' ? itemOf(schema) : childOf(schema, String(step));
  }
  const section = schema === undefined ? undefined : objectOf(schema);
  return section === undefined ? undefined : Object.keys(section.properties ?? {});
}

/** The schema of a key; where any key will do, the one that all have. */
export function childOf(schema: JsonSchema, name: string): JsonSchema | undefined {
  const properties = objectOf(schema)?.properties ?? {};
  if (Object.hasOwn(properties, name)) return asSchema(properties[name]);
  return alternatives(schema)
    .map((option) => asSchema(option.additionalProperties))
    .find((inner) => inner !== undefined);
}

export function itemOf(schema: JsonSchema): JsonSchema | undefined {
  for (const option of alternatives(schema)) {
    if (option.items !== undefined && !Array.isArray(option.items)) return asSchema(option.items);
  }
  return undefined;
}

/** The schema itself, or the first of its alternatives that has properties. */
function objectOf(schema: JsonSchema): JsonSchema | undefined {
  return alternatives(schema).find((option) => option.properties !== undefined);
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const inner = (schema.anyOf ?? []).map((option) => asSchema(option)).filter((option) => option !== undefined);
  return [schema, ...inner];
}

function asSchema(schema: z.core.JSONSchema._JSONSchema | undefined): JsonSchema | undefined {
  return typeof schema === 'object' ? schema : undefined;
}
