import * as z from 'zod';
import type { EventText } from '../reading/event-texts.ts';
import { compileWordList, type WordMatch } from '../reading/word-list.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchWhere, NO_MATCH } from './filter.ts';

const settings = z.strictObject({
  words: z
    .array(z.string().min(1).max(200))
    .max(20_000)
    .default([])
    .describe(
      'Words and phrases, whole words in any case. `*` in a word stands for any letters (`spam*`), `?` for one.',
    ),
});

/** Deleting must always work, so redactions are not judged by their reason. */
const NOT_JUDGED: ReadonlySet<string> = new Set(['m.room.redaction']);

export const words = defineFilter({
  name: 'words',
  summary:
    'Events with listed words or phrases in their readable text: body, formatted body, edits, reactions, topic and names.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { words: ['free money', 'casino*'] },
    matches: { content: { msgtype: 'm.text', body: 'Get FREE money now' } },
    ignores: { content: { msgtype: 'm.text', body: 'freedom is not about money' } },
  },
  compile: ({ words: list }) => {
    const findWords = compileWordList(list);
    return (event) => {
      if (NOT_JUDGED.has(event.pdu.type)) return NO_MATCH;
      return matchWhere(event.texts.flatMap((text) => findWords(text.text).map((match) => explain(text, match))));
    };
  },
});

function explain(text: EventText, match: WordMatch): Evidence {
  return {
    path: text.path,
    span: { start: text.sourceIndex(match.start), end: text.sourceEnd(match.end) },
    matched: excerpt(text.text.slice(match.start, match.end)),
    note: `word list entry "${match.pattern}"`,
  };
}
