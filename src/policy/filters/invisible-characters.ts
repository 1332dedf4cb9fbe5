import * as z from 'zod';
import type { EventText } from '../reading/event-texts.ts';
import { INVISIBLE } from '../reading/normalised-text.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, matchWhere } from './filter.ts';
import { distinct, evidenceIn, fields, textsOf } from './text-fields.ts';

/** The blank of Braille shows nothing either. */
const RUN = new RegExp(`(?:${INVISIBLE.source}|\\u2800)+`, 'gv');
/** Scripts in which joiners decide how letters are written. */
const JOINING_SCRIPT =
  /[\p{scx=Arabic}\p{scx=Syriac}\p{scx=Mongolian}\p{scx=Devanagari}\p{scx=Bengali}\p{scx=Gurmukhi}\p{scx=Gujarati}\p{scx=Oriya}\p{scx=Tamil}\p{scx=Telugu}\p{scx=Kannada}\p{scx=Malayalam}\p{scx=Sinhala}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Thai}\p{scx=Lao}\p{scx=Tibetan}\p{scx=Hebrew}]/u;
const LETTER = /[\p{L}\p{N}\p{M}]/u;
const EMOJI = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u20e3]/u;

const settings = z.strictObject({
  at_least: z.int().min(1).max(65_536).default(2).describe('From how many invisible characters in one text.'),
  where: z
    .enum(['in_words', 'anywhere'])
    .default('in_words')
    .describe(
      'Whether only those between letters count, where they hide words from filters, or all. Those that emoji and some scripts need never count.',
    ),
  fields,
});

export const invisibleCharacters = defineFilter({
  name: 'invisible_characters',
  summary: 'Events with characters in a text that nobody sees, such as zero-width spaces in words.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { at_least: 2 },
    matches: { content: { msgtype: 'm.text', body: 'ca\u200bsi\u00adno' } },
    ignores: { content: { msgtype: 'm.text', body: '👩‍🚀 ❤️ نمی\u200cخواهم' } },
  },
  compile: ({ at_least: atLeast, where, fields: wanted }) => {
    const read = (text: EventText): readonly Evidence[] => {
      const found = hiddenIn(text.text, where === 'in_words');
      const count = found.reduce((sum, { length }) => sum + length, 0);
      if (count < atLeast) return [];
      const note = `${count} invisible characters`;
      return found.map(({ start, length }) => evidenceIn(text, start, start + length, note));
    };
    return (event) =>
      matchWhere(distinct(textsOf(event, wanted).flatMap((text) => (text.isPlain ? [] : read(text.raw)))));
  },
});

interface Run {
  readonly start: number;
  readonly length: number;
}

function hiddenIn(text: string, inWords: boolean): readonly Run[] {
  const runs: Run[] = [];
  for (const { 0: whole, index } of text.matchAll(RUN)) {
    const end = index + whole.length;
    const before = characterBefore(text, index);
    const behind = String.fromCodePoint(text.codePointAt(end) ?? 0x20);
    if (inWords && !(LETTER.test(before) && LETTER.test(behind))) continue;
    const isNeeded = EMOJI.test(before) || JOINING_SCRIPT.test(before) || JOINING_SCRIPT.test(behind);
    // One joiner or variation selector may be needed; a row of them is not.
    if (isNeeded && (whole.length <= 2 || /^\p{RI}|🏴/u.test(before))) continue;
    if (whole === '\ufe0f' || whole === '\ufe0e') continue;
    runs.push({ start: index, length: whole.length });
  }
  return runs;
}

function characterBefore(text: string, index: number): string {
  if (index === 0) return ' ';
  const last = text.charCodeAt(index - 1);
  return text.slice(last >= 0xdc00 && last <= 0xdfff ? Math.max(0, index - 2) : index - 1, index);
}
