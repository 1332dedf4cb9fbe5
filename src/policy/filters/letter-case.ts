import * as z from 'zod';
import { defineFilter, matchWhere } from './filter.ts';
import { fields, textsOf } from './text-fields.ts';

const CAPITALS = /\p{Lu}/gu;
const SMALL = /\p{Ll}/gu;

const settings = z.strictObject({
  at_least: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('Share of capitals, from 0 to 1, among the letters that have both cases.'),
  min_letters: z
    .int()
    .min(1)
    .max(65_536)
    .default(20)
    .describe('Texts with fewer letters that have both cases are not looked at.'),
  fields: fields.default(['body']),
});

export const letterCase = defineFilter({
  name: 'letter_case',
  summary: 'Events with a text that is written in capitals for the most part.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { min_letters: 10 },
    matches: { content: { msgtype: 'm.text', body: 'WHY DOES NOBODY ANSWER me' } },
    ignores: { content: { msgtype: 'm.text', body: 'Does the HTTP API use JSON?' } },
  },
  compile:
    ({ at_least: atLeast, min_letters: minLetters, fields: wanted }) =>
    (event) =>
      matchWhere(
        textsOf(event, wanted).flatMap(({ raw }) => {
          if (raw.text.length < minLetters) return [];
          const capitals = raw.text.match(CAPITALS)?.length ?? 0;
          if (capitals === 0) return [];
          const letters = capitals + (raw.text.match(SMALL)?.length ?? 0);
          if (letters < minLetters || capitals / letters < atLeast) return [];
          return [{ path: raw.path, note: `${capitals} of ${letters} letters are capitals` }];
        }),
      ),
});
