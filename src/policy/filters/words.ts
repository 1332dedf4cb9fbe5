import * as z from 'zod';
import { readableTexts, type EventText } from '../event-texts.ts';
import { HARMS } from '../harms.ts';
import type { Evidence } from '../verdict.ts';
import { compileWordList, type WordMatch } from '../word-list.ts';
import { excerpt, NEUTRAL, type Filter } from './filter.ts';

const settings = z.strictObject({
  words: z
    .array(z.string().min(1).max(200))
    .max(20_000)
    .default([])
    .describe(
      'Words and phrases that are refused, whole words in any case. `*` in a word stands for any letters (`spam*`), `?` for one.',
    ),
  message: z
    .string()
    .min(1)
    .max(500)
    .default('Your message was not accepted in this room: it contains a word or phrase that is not allowed here.')
    .describe('What the sender is told.'),
  harms: z
    .array(z.string().min(1).max(255))
    .max(10)
    .default([HARMS.spam])
    .describe('Harm ids sent along with the refusal.'),
});

/** Deleting must always work, so redactions are not judged by their reason. */
const NOT_JUDGED: ReadonlySet<string> = new Set(['m.room.redaction']);

export const words: Filter<z.infer<typeof settings>> = {
  name: 'words',
  summary:
    'Refuses events with listed words or phrases in their readable text: body, formatted body, edits, reactions, topic and names.',
  settings,
  needs: [],
  judgesModerators: false,
  onFailure: 'skip',
  compile: ({ words: list, message, harms }) => {
    if (list.length === 0) return undefined;
    const findWords = compileWordList(list);
    return (pdu) => {
      if (NOT_JUDGED.has(pdu.type)) return NEUTRAL;
      const evidence = readableTexts(pdu).flatMap((text) => findWords(text.text).map((match) => explain(text, match)));
      return evidence.length === 0 ? NEUTRAL : { verdict: 'refuse', message, harms, evidence };
    };
  },
};

function explain(text: EventText, match: WordMatch): Evidence {
  return {
    path: text.path,
    span: { start: text.sourceIndex(match.start), end: text.sourceEnd(match.end) },
    matched: excerpt(text.text.slice(match.start, match.end)),
    note: `word list entry "${match.pattern}"`,
  };
}
