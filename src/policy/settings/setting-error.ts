/** What is wrong with settings that people wrote: where, what was expected, and what was probably meant. */
import * as z from 'zod';
import { formatPath, mistakesIn, suggestFrom, type Issue } from '../../config/mistakes.ts';
import { keysIn, type JsonSchema } from '../../config/schema-keys.ts';

export interface SettingError {
  /** From the document's root, e.g. `rules.no-links.when.all[0].links.domains`. */
  readonly path: string;
  readonly message: string;
}

type Step = string | number;

/**
 * One error for each mistake, with the path of the value that the issues are about in front. The schema that found them
 * knows what a mistyped key may have been meant to be.
 */
export function errorsOfIssues(
  issues: readonly Issue[],
  value: unknown,
  path: readonly Step[],
  schema?: z.ZodType,
): readonly SettingError[] {
  const known = schema === undefined ? undefined : describedBy(schema);
  const suggest = (section: readonly PropertyKey[], key: string): string => {
    const keys = known === undefined ? undefined : keysIn(known, section);
    return keys === undefined ? 'nothing of that name can be set here' : suggestFrom(keys, key);
  };
  return mistakesIn(issues, value, suggest).map(({ path: inner, message }) => ({
    path: formatPath([...path, ...inner]),
    message,
  }));
}

const described = new WeakMap<z.ZodType, JsonSchema>();

function describedBy(schema: z.ZodType): JsonSchema {
  const known = described.get(schema) ?? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  described.set(schema, known);
  return known;
}
