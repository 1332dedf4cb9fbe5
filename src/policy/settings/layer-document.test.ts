import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { undescribed } from '../../../tests/support/described.ts';
import { declaredCommunity, layerDocument } from './layer-document.ts';

describe('the documents of layers', () => {
  for (const [name, schema] of Object.entries({ layer: layerDocument, community: declaredCommunity })) {
    it(`${name} describes each of its fields`, () => {
      assert.deepEqual(undescribed(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), name), []);
    });

    it(`${name} bounds each of its numbers, lists and texts`, () => {
      const schemaOf = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
      assert.deepEqual(unbounded(schemaOf, name), []);
    });
  }
});

const LIMITS = {
  string: ['maxLength', 'pattern', 'enum', 'const'],
  array: ['maxItems'],
  integer: ['maximum'],
  number: ['maximum'],
};
/** Ids of rooms are read as such. */
const CHECKED = /\.(?:rooms|spaces)$/;

/** Paths of the values that can be of any size. */
function unbounded(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const type = 'type' in schema ? schema.type : undefined;
  const limits = Object.entries(LIMITS).find(([name]) => name === type)?.[1];
  const isBounded = limits === undefined || limits.some((limit) => limit in schema) || CHECKED.test(path);
  const inner = Object.entries(schema).flatMap(([key, part]: [string, unknown]) => {
    if (key === 'default' || key === 'propertyNames') return [];
    if (key !== 'properties') return typeof part === 'object' ? unbounded(part, path) : [];
    return Object.entries(part ?? {}).flatMap(([name, field]: [string, unknown]) =>
      unbounded(field, `${path}.${name}`),
    );
  });
  return [...(isBounded ? [] : [path]), ...inner];
}
