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
        textsOf(event, wanted).flatMap(({ raw, isPlain }) => {
          if (raw.text.length < minLetters) return [];
          const { capitals, letters } = isPlain ? countAscii(raw.text) : count(raw.text);
          if (letters < minLetters || capitals / letters < atLeast) return [];
          return [{ path: raw.path, note: `${capitals} of ${letters} letters are capitals` }];
        }),
      ),
});

interface Count {
  readonly capitals: number;
  readonly letters: number;
}

function count(text: string): Count {
  const capitals = text.match(CAPITALS)?.length ?? 0;
  return { capitals, letters: capitals + (text.match(SMALL)?.length ?? 0) };
}

/** As `count`, many times faster. */
function countAscii(text: string): Count {
  let capitals = 0;
  let small = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x41 && code <= 0x5a) capitals += 1;
    else if (code >= 0x61 && code <= 0x7a) small += 1;
  }
  return { capitals, letters: capitals + small };
}
