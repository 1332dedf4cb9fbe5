import * as z from 'zod';
import { defineFilter, matchWhere } from './filter.ts';
import { evidenceIn, fields, lengthOf, textsOf, unit } from './text-fields.ts';

/** What shows as nothing at the ends of a text: the blank of Braille too. */
const LEADING = /^[\s\p{DI}\p{Cc}\u2800]+/u;
const BLANK = /[\s\p{DI}\p{Cc}\u2800]/u;

const settings = z.strictObject({
  at_least: z
    .int()
    .min(1)
    .max(65_536)
    .default(25)
    .describe(
      'From how much whitespace (or characters that look like none) before and behind a text, in all, as `unit` counts.',
    ),
  unit,
  fields: fields.default(['body']),
});

export const padding = defineFilter({
  name: 'padding',
  summary: 'Events with much whitespace before or behind a text, which pushes other messages off the screen.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { at_least: 10 },
    matches: { content: { msgtype: 'm.text', body: 'a\n\n\n\n\n\n\n\n\n\n' } },
    ignores: { content: { msgtype: 'm.text', body: 'a\n\n\n\n\n\n\n\n\n\nb' } },
  },
  compile:
    ({ at_least: atLeast, unit: counted, fields: wanted }) =>
    (event) =>
      matchWhere(
        textsOf(event, wanted).flatMap(({ raw }) => {
          const { text } = raw;
          const start = LEADING.exec(text)?.[0].length ?? 0;
          const end = Math.max(start, endOf(text));
          const [before, behind] = [lengthOf(text.slice(0, start), counted), lengthOf(text.slice(end), counted)];
          if (before + behind < atLeast) return [];
          const note = `${before + behind} ${counted} of whitespace around the text`;
          return [before > behind ? evidenceIn(raw, 0, start, note) : evidenceIn(raw, end, text.length, note)];
        }),
      ),
});

/** Where what can be seen ends; from behind, so that no text makes it slow. */
function endOf(text: string): number {
  let end = text.length;
  while (end > 0) {
    const last = text.charCodeAt(end - 1);
    const size = last >= 0xdc00 && last <= 0xdfff && end > 1 ? 2 : 1;
    if (!BLANK.test(text.slice(end - size, end))) break;
    end -= size;
  }
  return end;
}
