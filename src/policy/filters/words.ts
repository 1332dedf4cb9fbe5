import * as z from 'zod';
import { suggestFrom } from '../../config/mistakes.ts';
import type { NormalisedEventText } from '../reading/event-reading.ts';
import { isPlainText, normaliseText } from '../reading/normalised-text.ts';
import { compileSubstrings } from '../reading/substring-finder.ts';
import { compileWordList, type WordFinder } from '../reading/word-list.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, matchWhere } from './filter.ts';
import { distinct, evidenceBehind, evidenceIn, fields, on, textsOf } from './text-fields.ts';

const MAX_WORDS = 20_000;
/** Of all entries together, where they are found inside of words: each takes memory there. */
const MAX_CHARACTERS_ANYWHERE = 400_000;

const keys = z.strictObject({
  words: z
    .array(z.string().min(1).max(200))
    .max(MAX_WORDS)
    .default([])
    .describe(
      'Words and phrases, whole words in any case. `*` in a word stands for any letters (`spam*`), `?` for one.',
    ),
  lists: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .describe('Names of word lists (`word_lists` of the settings) whose words count too.'),
  anywhere: z
    .boolean()
    .default(false)
    .describe('Finds entries inside of words too; `*` and `?` stand for themselves then.'),
  on,
  fields,
});

const settings = keys.refine(({ words: own, lists }) => own.length + lists.length > 0, {
  error: 'expected words or lists',
});

export const words = defineFilter({
  name: 'words',
  summary:
    'Events with listed words or phrases in their readable text: body, formatted body, edits, polls, reactions, topic, names and reasons.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { words: ['free money', 'casino*'] },
    matches: { content: { msgtype: 'm.text', body: 'Get FREE mоnеу now' } },
    ignores: { content: { msgtype: 'm.text', body: 'freedom is not about money' } },
  },
  mistakes: ({ words: own, lists, anywhere }, { wordLists }) => {
    const size = entriesOf(own, lists, wordLists).reduce((sum, entry) => sum + entry.length, 0);
    const tooLong = `expected entries of ${MAX_CHARACTERS_ANYWHERE} characters at most in all`;
    return [
      ...lists.flatMap((name, index) => {
        if (wordLists.has(name)) return [];
        const message = `expected the name of a word list; ${suggestFrom([...wordLists.keys()], name)}`;
        return [{ code: 'custom' as const, path: ['lists', index], message, input: name }];
      }),
      ...(anywhere && size > MAX_CHARACTERS_ANYWHERE
        ? [{ code: 'custom' as const, path: ['anywhere'], message: tooLong, input: anywhere }]
        : []),
    ];
  },
  compile: ({ words: own, lists, anywhere, on: form, fields: wanted }, { wordLists }) => {
    const entries = entriesOf(own, lists, wordLists);
    const find = compileWordEvidence(entries, form, anywhere ? substringsOf : compileWordList);
    return (event) => matchWhere(distinct(textsOf(event, wanted).flatMap(find)));
  },
});

function entriesOf(
  own: readonly string[],
  lists: readonly string[],
  wordLists: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return [...new Set([...own, ...lists.flatMap((name) => wordLists.get(name) ?? [])])];
}

type Compile = (entries: readonly string[]) => WordFinder;

/** Where the entries stand in a text, as it is written, as it looks, or in both forms. */
export function compileWordEvidence(
  entries: readonly string[],
  form: z.output<typeof on>,
  compile: Compile = compileWordList,
): (text: NormalisedEventText) => readonly Evidence[] {
  const inRaw = compile(entries);
  const { find: inNormalised, findInPlain } = normalisedFinders(entries, compile);
  return (text) => {
    const evidence: Evidence[] = [];
    if (form !== 'normalised') {
      for (const { pattern, start, end } of inRaw(text.raw.text)) {
        evidence.push(evidenceIn(text.raw, start, end, noteOf(pattern)));
      }
    }
    if (form !== 'raw') {
      const find = text.isPlain && form === 'both' ? findInPlain : inNormalised;
      for (const { pattern, start, end } of find(text.text)) {
        evidence.push(evidenceBehind(text, start, end, noteOf(pattern)));
      }
    }
    return evidence;
  };
}

/** In plain text only entries that become plain themselves can show what is not in the raw form. */
function normalisedFinders(
  entries: readonly string[],
  compile: Compile,
): { find: WordFinder; findInPlain: WordFinder } {
  return {
    find: normalisedFinder(entries, compile),
    findInPlain: normalisedFinder(
      entries.filter((entry) => !isPlainText(entry) && isPlainText(normaliseText(entry).text)),
      compile,
    ),
  };
}

/** Tells of entries as they were written. */
function normalisedFinder(entries: readonly string[], compile: Compile): WordFinder {
  const written = new Map<string, string>();
  for (const entry of entries) {
    const { text } = normaliseText(entry);
    if (!written.has(text)) written.set(text, entry);
  }
  if (written.size === 0) return () => [];
  const find = compile([...written.keys()]);
  return (text) => find(text).map((match) => ({ ...match, pattern: written.get(match.pattern) ?? match.pattern }));
}

/** In any case. */
function substringsOf(entries: readonly string[]): WordFinder {
  const find = compileSubstrings(entries.map(withoutCase));
  return (text) =>
    find(withoutCase(text)).map(({ index, start, end }) => ({ pattern: entries[index] ?? '', start, end }));
}

/** Places stay where they are. */
function withoutCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (one) => (one.toLowerCase().length === one.length ? one.toLowerCase() : one)).join('');
}

function noteOf(entry: string): string {
  return `word list entry "${entry}"`;
}
