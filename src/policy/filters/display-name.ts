import * as z from 'zod';
import { normalisedEventText } from '../reading/event-reading.ts';
import { plainText } from '../reading/event-texts.ts';
import { judgedNames, NAMES_OF, type JudgedName } from '../reading/judged-names.ts';
import { normaliseText } from '../reading/normalised-text.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchWhere } from './filter.ts';
import { compileGlobList, globList, type GlobFinder } from './glob-list.ts';
import { distinct } from './text-fields.ts';
import { compileWordEvidence } from './words.ts';

const settings = z
  .strictObject({
    words: z
      .array(z.string().min(1).max(200))
      .max(20_000)
      .default([])
      .describe(
        'Words and phrases, whole words in any case and with look-alike letters made the same; `*` in a word stands for any letters, `?` for one.',
      ),
    patterns: globList
      .default([])
      .describe(
        'Globs that cover the whole name, in any case and with look-alike letters made the same: `*support*` is any name with these letters.',
      ),
    more_than: z.int().min(1).max(65_536).optional().describe('Names with more characters.'),
    names_of: z
      .enum(NAMES_OF)
      .default('new_names')
      .describe(
        '`new_names`: names that joins, knocks, invites and changes of profile bring; `sender`: the name by which the sender of any other event goes in the room; `both`.',
      ),
  })
  .refine(({ words, patterns, more_than: limit }) => words.length + patterns.length > 0 || limit !== undefined, {
    error: 'expected words, patterns or more_than',
  });

export const displayName = defineFilter({
  name: 'display_name',
  summary: 'Display names with listed words or of a pattern, when somebody takes one or in all that they send.',
  settings,
  needs: ['membership'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { words: ['casino*'], patterns: ['*official support*'] },
    matches: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      content: { membership: 'join', displayname: 'Official Support Desk' },
    },
    ignores: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      content: { membership: 'join', displayname: 'Alice' },
    },
  },
  compile: ({ words, patterns, more_than: limit, names_of: of }) => {
    const findWords = compileWordEvidence(words, 'both');
    const findGlob = compileGlobList(patterns, { ignoreCase: true });
    return ({ pdu }, { senderDisplayName }) =>
      matchWhere(
        judgedNames(pdu, senderDisplayName, of).flatMap((judged) => [
          ...wordsIn(judged, findWords),
          ...globEvidence(judged, findGlob),
          ...lengthEvidence(judged, limit),
        ]),
      );
  },
});

function wordsIn({ path, name }: JudgedName, find: ReturnType<typeof compileWordEvidence>): readonly Evidence[] {
  const found = distinct(find(normalisedEventText(plainText(name, path, 'displayname'))));
  // The sender's name in the room does not stand in the event.
  return path === 'sender' ? found.map(({ matched = '', note }) => ({ path, matched, note })) : found;
}

function globEvidence(judged: JudgedName, findGlob: GlobFinder): Evidence[] {
  const glob = findGlob(judged.name) ?? findGlob(normaliseText(judged.name).text);
  return glob === undefined
    ? []
    : [{ path: judged.path, matched: excerpt(judged.name), note: `name pattern "${glob}"` }];
}

function lengthEvidence({ path, name }: JudgedName, limit: number | undefined): Evidence[] {
  if (limit === undefined || name.length <= limit) return [];
  const length = [...name].length;
  if (length <= limit) return [];
  return [{ path, matched: excerpt(name), note: `name of ${String(length)} characters, more than ${String(limit)}` }];
}
