/** The keys of a schema as rows of a table: type, default and meaning in words. */
import * as z from 'zod';

type Schema = z.core.JSONSchema.BaseSchema;

export function settingsTable(schema: z.ZodType): readonly string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const rows = rowsOf(root, '', new Set(root.required));
  if (rows.length === 0) return ['It has no settings.'];
  return ['| setting | type | default | meaning |', '| --- | --- | --- | --- |', ...rows];
}

export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function rowsOf(schema: Schema, prefix: string, required: ReadonlySet<string>): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    if (typeof inner !== 'object') return [];
    const fallback = required.has(name) ? 'required' : (inWords(inner) ?? fallbackOf(inner.default));
    const path = `${prefix}${name}`;
    const row = `| \`${path}\` | ${cell(typeInWords(inner))} | ${cell(fallback)} | ${cell(inner.description ?? '')} |`;
    const isSection = inner.type === 'object' && inner.properties !== undefined;
    return [row, ...(isSection ? rowsOf(inner, `${path}.`, new Set(inner.required)) : [])];
  });
}

/** A default that depends on other settings, as the schema says it. */
function inWords({ fallback }: Schema): string | undefined {
  return typeof fallback === 'string' ? fallback : undefined;
}

function fallbackOf(value: unknown): string {
  if (value === undefined) return '';
  const text = JSON.stringify(value);
  return text === '{}' ? '' : `\`${text}\``;
}

function typeInWords(schema: Schema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  const options = (schema.anyOf ?? []).filter((option) => typeof option === 'object');
  if (options.length > 0) return options.map((option) => typeInWords(option)).join(' or ');
  switch (schema.type) {
    case 'array': {
      const item = Array.isArray(schema.items) ? undefined : schema.items;
      const { maxItems } = schema;
      const limit = maxItems === undefined ? '' : ` (up to ${maxItems.toLocaleString('en')})`;
      return typeof item === 'object' ? `list of ${typeInWords(item)}${limit}` : 'list';
    }
    case 'object':
      return 'section';
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number':
      return numberInWords(schema);
    case 'string':
      return textInWords(schema);
    default:
      return 'any';
  }
}

/** Bounds that are those of the type itself say nothing. */
function numberInWords({ type, minimum, maximum }: Schema): string {
  const bounds = [
    ...(minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? [] : [`from ${minimum.toLocaleString('en')}`]),
    ...(maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? [] : [`to ${maximum.toLocaleString('en')}`]),
  ];
  return [type ?? 'number', ...bounds].join(' ');
}

function textInWords({ pattern, maxLength }: Schema): string {
  if (pattern?.includes('ms|s|m|h|d|w') === true) return 'time (`10m`)';
  if (pattern?.includes('kB|MB') === true) return 'size (`10MB`)';
  return maxLength === undefined ? 'text' : `text of up to ${maxLength.toLocaleString('en')} characters`;
}
