import * as z from 'zod';
import { defineFilter, matchWhere } from './filter.ts';
import { distinct, evidenceBehind, fields, textsOf } from './text-fields.ts';

const settings = z.strictObject({
  at_least: z
    .int()
    .min(2)
    .max(10_000)
    .default(12)
    .describe(
      'From how many times the same character in a row. Case, accents and which of several letters that look alike it is do not count.',
    ),
  ignore: z
    .string()
    .max(200)
    .default('-=_.*~#+0')
    .describe('Characters that may be repeated, as in lines and tables. Whitespace may always be.'),
  fields,
});

export const repeatedCharacters = defineFilter({
  name: 'repeated_characters',
  summary: 'Events with a text that repeats one character many times.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { at_least: 8 },
    matches: { content: { msgtype: 'm.text', body: 'nooOOooOo!' } },
    ignores: { content: { msgtype: 'm.text', body: 'a ---------- b' } },
  },
  compile: ({ at_least: atLeast, ignore, fields: wanted }) => {
    const ignored = new Set(ignore.toLowerCase());
    return (event) =>
      matchWhere(
        distinct(
          textsOf(event, wanted).flatMap((text) =>
            runsIn(text.text, atLeast)
              .filter(({ character }) => !ignored.has(character))
              .map(({ character, start, count }) => {
                const end = start + count * character.length;
                return evidenceBehind(text, start, end, `"${character}" ${count} times in a row`);
              }),
          ),
        ),
      );
  },
});

interface Run {
  readonly character: string;
  readonly start: number;
  readonly count: number;
}

function runsIn(text: string, atLeast: number): readonly Run[] {
  const runs: Run[] = [];
  for (let start = 0; start + atLeast <= text.length;) {
    const code = text.codePointAt(start) ?? 0;
    const size = code > 0xffff ? 2 : 1;
    let end = start + size;
    while (text.codePointAt(end) === code) end += size;
    const count = (end - start) / size;
    const character = String.fromCodePoint(code);
    if (count >= atLeast && /\S/u.test(character)) runs.push({ character, start, count });
    start = end;
  }
  return runs;
}
