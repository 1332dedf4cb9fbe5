import * as z from 'zod';
import { defineFilter, matchWhere } from './filter.ts';
import { fields, lengthOf, textsOf, unit } from './text-fields.ts';

const settings = z
  .strictObject({
    more_than: z
      .int()
      .min(0)
      .max(65_536)
      .optional()
      .describe('Matches texts that are longer than this, as `unit` counts.'),
    less_than: z
      .int()
      .min(1)
      .max(65_536)
      .optional()
      .describe('Matches texts that are shorter than this, as `unit` counts.'),
    unit,
    fields,
  })
  .refine(({ more_than: more, less_than: less }) => more !== undefined || less !== undefined, {
    error: 'expected `more_than`, `less_than` or both',
  });

export const textLength = defineFilter({
  name: 'text_length',
  summary: 'Events with a text that is longer or shorter than a limit.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { more_than: 20, fields: ['body'] },
    matches: { content: { msgtype: 'm.text', body: 'twenty-one characters' } },
    ignores: { content: { msgtype: 'm.text', body: 'twenty characters...' } },
  },
  compile: ({ more_than: most = Infinity, less_than: least = 0, unit: counted, fields: wanted }) => {
    const isPossible = (text: string): boolean => least > 0 || text.length * (counted === 'bytes' ? 3 : 1) > most;
    return (event) =>
      matchWhere(
        textsOf(event, wanted).flatMap(({ raw }) => {
          if (!isPossible(raw.text)) return [];
          const length = lengthOf(raw.text, counted);
          return length > most || length < least ? [{ path: raw.path, note: `${length} ${counted}` }] : [];
        }),
      );
  },
});
