import * as z from 'zod';
import type { NormalisedEventText } from '../reading/event-reading.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, matchWhere } from './filter.ts';
import { distinct, evidenceIn, fields, textsOf } from './text-fields.ts';

const LETTERS = /[\p{L}--[\p{sc=Common}\p{sc=Inherited}]]/gv;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Alphabets with letters that look alike. Units such as kΩ and μm mix them in short words. */
const ALPHABETS = 'Latin Cyrillic Greek Armenian Cherokee Coptic Georgian Lisu Canadian_Aboriginal Tifinagh Deseret'
  .split(' ')
  .map((name) => new RegExp(`\\p{Script=${name}}`, 'u'));
const MIN_MIXED_LENGTH = 4;

const script = z.string().refine(isScript, {
  error: 'expected the name of a script as in Unicode, such as `Latin`, `Cyrillic`, `Han` or `Arabic`',
});

const settings = z
  .strictObject({
    allowed: z
      .array(script)
      .min(1)
      .max(200)
      .optional()
      .describe('Scripts (names of Unicode, such as `Latin`) that letters may be of; letters of all others count.'),
    denied: z.array(script).min(1).max(200).optional().describe('Scripts whose letters count.'),
    at_least: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('From which share of the letters of a text, from 0 to 1, they count. 0 is a single letter.'),
    mixed_words: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        `Matches from this many words in one text, of ${MIN_MIXED_LENGTH} letters or more, that mix alphabets whose letters look alike, such as Latin and Cyrillic.`,
      ),
    fields,
  })
  .refine(({ allowed, denied, mixed_words: mixed }) => (allowed ?? denied ?? mixed) !== undefined, {
    error: 'expected `allowed`, `denied` or `mixed_words`',
  });

export const scripts = defineFilter({
  name: 'scripts',
  summary: 'Events with a text in scripts that are not wanted, or with words that mix alphabets.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { mixed_words: 1 },
    matches: { content: { msgtype: 'm.text', body: 'log in to your рayраl account' } },
    ignores: { content: { msgtype: 'm.text', body: 'the Russian word for hello is привет' } },
  },
  compile: ({ allowed, denied, at_least: atLeast, mixed_words: mixed, fields: wanted }) => {
    const counted = [
      ...(allowed === undefined ? [] : [new RegExp(`[${LETTERS.source}--[${classOf(allowed)}]]+`, 'gv')]),
      ...(denied === undefined ? [] : [new RegExp(`[${LETTERS.source}&&[${classOf(denied)}]]+`, 'gv')]),
    ];
    const read = (text: NormalisedEventText): readonly Evidence[] => [
      ...counted.flatMap((letters) => unwanted(text, letters, atLeast)),
      ...(mixed === undefined ? [] : mixedWords(text, mixed)),
    ];
    return (event) => matchWhere(distinct(textsOf(event, wanted).flatMap(read)));
  },
});

function unwanted({ raw, isPlain }: NormalisedEventText, letters: RegExp, atLeast: number): readonly Evidence[] {
  if (isPlain && 'x'.search(letters) === -1) return [];
  const found = [...raw.text.matchAll(letters)];
  if (found.length === 0) return [];
  const count = found.reduce((sum, { 0: run }) => sum + [...run].length, 0);
  const all = raw.text.match(LETTERS)?.length ?? 0;
  if (count < atLeast * all) return [];
  const note = `${count} of ${all} letters are of scripts that are not wanted`;
  return found.slice(0, 10).map(({ 0: run, index }) => evidenceIn(raw, index, index + run.length, note));
}

function mixedWords({ raw, isPlain }: NormalisedEventText, atLeast: number): readonly Evidence[] {
  if (isPlain || !mixes(raw.text)) return [];
  const found = [...raw.text.matchAll(WORD)].filter(({ 0: word }) => word.length >= MIN_MIXED_LENGTH && mixes(word));
  if (found.length < atLeast) return [];
  return found.map(({ 0: word, index }) => evidenceIn(raw, index, index + word.length, 'mixes alphabets in one word'));
}

function mixes(text: string): boolean {
  return ALPHABETS.filter((alphabet) => alphabet.test(text)).length > 1;
}

function isScript(name: string): boolean {
  if (!/^[A-Za-z_]{2,40}$/.test(name)) return false;
  try {
    return new RegExp(`\\p{Script=${name}}`, 'u').source !== '';
  } catch {
    return false;
  }
}

/** Letters that several scripts share are of each of them. */
function classOf(names: readonly string[]): string {
  return names.map((name) => `\\p{Script_Extensions=${name}}`).join('');
}
