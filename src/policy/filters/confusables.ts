import * as z from 'zod';
import type { NormalisedEventText } from '../reading/event-reading.ts';
import { isLookalike, normaliseText } from '../reading/normalised-text.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchWhere } from './filter.ts';
import { distinct, evidenceIn, fields, textsOf } from './text-fields.ts';

const WORD = /[\p{L}\p{M}\p{N}\p{So}]+/gu;
const LATIN = /\p{Script=Latin}/u;
/** Letters of Latin, and where Unicode has those that only look so. */
const LATIN_LOOKS = /[\p{Script=Latin}\u2100-\u24ff\u{1d400}-\u{1d7ff}\u{1f100}-\u{1f1ff}]/u;
const ASCII_LETTER = /^[a-zA-Z]+$/;
const MIN_LENGTH = 3;
/** Of units of measure rather than of imitations. */
const MICRO = 'μ';

const settings = z.strictObject({
  at_least: z.int().min(1).max(10_000).default(1).describe('From how many words in one text that imitate others.'),
  styled: z
    .boolean()
    .default(true)
    .describe(
      'Whether words in mathematical, enclosed and other odd forms of Latin letters count (𝖋𝖗𝖊𝖊, 🅵🆁🅴🅴). Full width never does.',
    ),
  words: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(1_000)
    .optional()
    .describe('Words that must not be imitated, such as names; words that look like others do not count then.'),
  fields,
});

export const confusables = defineFilter({
  name: 'confusables',
  summary: 'Events with words of letters that only look like those of the Latin alphabet.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: { content: { msgtype: 'm.text', body: 'log in to your рayраl account' } },
    ignores: { content: { msgtype: 'm.text', body: 'Привет, кот! Où est le café?' } },
  },
  compile: ({ at_least: atLeast, styled, words, fields: wanted }) => {
    const guarded = words === undefined ? undefined : new Set(words.map((word) => normaliseText(word).text));
    const isMatch = (word: string): boolean => {
      if (word.length < MIN_LENGTH || ASCII_LETTER.test(word)) return false;
      if (guarded === undefined && !LATIN_LOOKS.test(word)) return false;
      const looks = normaliseText(word).text;
      if (guarded !== undefined) return guarded.has(looks) && imitates(word, { styled: true, alone: true });
      return /^[a-z0-9]{3,}$/.test(looks) && imitates(word, { styled, alone: false });
    };
    const read = ({ raw, isPlain }: NormalisedEventText): readonly Evidence[] => {
      if (isPlain) return [];
      const found = [...raw.text.matchAll(WORD)].filter(({ 0: word }) => isMatch(word));
      if (found.length < atLeast) return [];
      return found.slice(0, 10).map(({ 0: word, index }) => {
        return evidenceIn(raw, index, index + word.length, `looks like "${excerpt(normaliseText(word).text)}"`);
      });
    };
    return (event) => matchWhere(distinct(textsOf(event, wanted).flatMap(read)));
  },
});

/** A word of one foreign alphabet alone (`alone`) is a word of a language first of all: рот is Russian. */
function imitates(word: string, { styled, alone }: { readonly styled: boolean; readonly alone: boolean }): boolean {
  let latin = false;
  let foreign = false;
  for (const letter of word) {
    if (isStyled(letter)) {
      if (styled) return true;
    } else if (LATIN.test(letter)) latin = true;
    else if (letter !== MICRO) foreign ||= isLookalike(letter) || isLookalike(letter.toLowerCase());
  }
  return foreign && (latin || alone);
}

/** Not letters of any language, for all that they look like those of Latin. */
function isStyled(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x250 || (code >= 0xff00 && code <= 0xffef)) return false;
  if (isLookalike(letter)) return code >= 0x1f100 || (LATIN.test(letter) && !/\p{M}/u.test(letter.normalize('NFD')));
  return ASCII_LETTER.test(letter.normalize('NFKD'));
}
