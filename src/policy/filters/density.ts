import * as z from 'zod';
import { defineFilter, matchWhere } from './filter.ts';
import { fields, lengthOf, textsOf, unit } from './text-fields.ts';

const WHITESPACE = /[\s\u0085]+/g;

const settings = z.strictObject({
  at_least: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .describe('Share of a text, from 0 to 1, that is not whitespace. Some scripts are written without spaces.'),
  min_length: z.int().min(1).max(65_536).default(150).describe('Shorter texts, as `unit` counts, are not looked at.'),
  unit,
  fields: fields.default(['body']),
});

export const density = defineFilter({
  name: 'density',
  summary: 'Events with a long text that has next to no spaces.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { min_length: 20 },
    matches: { content: { msgtype: 'm.text', body: 'aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=' } },
    ignores: { content: { msgtype: 'm.text', body: 'words of usual length have spaces between them' } },
  },
  compile: ({ at_least: atLeast, min_length: minLength, unit: counted, fields: wanted }) => {
    const isPossible = (text: string): boolean => text.length * (counted === 'bytes' ? 3 : 1) >= minLength;
    return (event) =>
      matchWhere(
        textsOf(event, wanted).flatMap(({ raw }) => {
          if (!isPossible(raw.text)) return [];
          const length = lengthOf(raw.text, counted);
          if (length < minLength) return [];
          const share = lengthOf(raw.text.replace(WHITESPACE, ''), counted) / length;
          if (share < atLeast) return [];
          return [{ path: raw.path, note: `${(share * 100).toFixed(1)} % of ${length} ${counted} are no whitespace` }];
        }),
      );
  },
});
