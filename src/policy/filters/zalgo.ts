import * as z from 'zod';
import { defineFilter, matchWhere } from './filter.ts';
import { distinct, evidenceIn, fields, textsOf } from './text-fields.ts';

const settings = z.strictObject({
  marks: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe('From how many marks on it a character counts. Writing that needs marks stacks two of them at most.'),
  at_least: z.int().min(1).max(10_000).default(3).describe('From how many such characters in one text.'),
  fields,
});

export const zalgo = defineFilter({
  name: 'zalgo',
  summary: 'Events with a text whose characters carry heaps of combining marks, which run into other messages.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: { content: { msgtype: 'm.text', body: 'h̷̢̛͜e̶͎̱͗ ̴͔̈́̕c̸̡̣̈́ö̶̞̪́m̵̰͝e̷̦͒s̴̜̈́̕' } },
    ignores: { content: { msgtype: 'm.text', body: 'Tiê\u0301ng Viê\u0323t, ćč, שָׁלוֹם' } },
  },
  compile: ({ marks, at_least: atLeast, fields: wanted }) => {
    // Marks that belong to one script are spelling; those that fit every letter are what heaps are made of.
    const heap = new RegExp(`[[\\p{Mn}\\p{Me}]&&[\\p{sc=Inherited}\\p{sc=Cyrillic}]]{${marks},}`, 'gv');
    return (event) =>
      matchWhere(
        distinct(
          textsOf(event, wanted).flatMap((text) => {
            if (text.isPlain) return [];
            const found = [...text.raw.text.matchAll(heap)];
            if (found.length < atLeast) return [];
            return found.map(({ 0: whole, index }) =>
              evidenceIn(text.raw, index, index + whole.length, `${whole.length} marks on one character`),
            );
          }),
        ),
      );
  },
});
