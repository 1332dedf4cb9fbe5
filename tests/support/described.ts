/** What a schema tells of its fields. */

/** Paths of the fields that a JSON schema does not describe. */
export function undescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, part]: [string, unknown]) => {
    if (key !== 'properties') return key === 'default' ? [] : undescribed(part, path);
    if (typeof part !== 'object' || part === null) return [];
    return Object.entries(part).flatMap(([name, field]: [string, unknown]) => {
      const isDescribed = typeof field === 'object' && field !== null && 'description' in field;
      return [...(isDescribed ? [] : [`${path}.${name}`]), ...undescribed(field, `${path}.${name}`)];
    });
  });
}
