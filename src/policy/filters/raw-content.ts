import * as z from 'zod';
import { findString } from '../reading/event-texts.ts';
import type { EventReading } from '../reading/event-reading.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';

const settings = z.strictObject({
  contains: z
    .array(z.string().min(1).max(500))
    .min(1)
    .max(1_000)
    .describe('Strings to look for in the JSON of the event, quotes, keys and all.'),
  case_sensitive: z.boolean().default(true).describe('Whether case counts.'),
  whole_event: z
    .boolean()
    .default(false)
    .describe('Looks at the whole event with its sender, type and signatures rather than at its `content`.'),
});

export const rawContent = defineFilter({
  name: 'raw_content',
  summary: 'Events whose JSON holds a string, in a text, a key or anywhere else.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { contains: ['"org.example.spam":'] },
    matches: { content: { msgtype: 'm.text', body: 'hello', 'org.example.spam': true } },
    ignores: { content: { msgtype: 'm.text', body: 'org.example.spam' } },
  },
  compile: ({ contains, case_sensitive: caseSensitive, whole_event: wholeEvent }) => {
    const fold = (text: string): string => (caseSensitive ? text : text.toLowerCase());
    const wanted = contains.map((text) => ({ text, folded: fold(text) }));
    return (event) => {
      const json = fold(wholeEvent ? event.eventJson : event.contentJson);
      const found = wanted.find(({ folded }) => json.includes(folded));
      return found === undefined ? NO_MATCH : matchOf(placeOf(event, found, fold, wholeEvent));
    };
  },
});

interface Wanted {
  readonly text: string;
  readonly folded: string;
}

/** In a string of the content, where it stands in one. */
function placeOf(
  { pdu }: EventReading,
  { text, folded }: Wanted,
  fold: (text: string) => string,
  whole: boolean,
): Evidence {
  const note = `the JSON holds "${excerpt(text)}"`;
  const place = findString(pdu, (value) => fold(value).includes(folded));
  if (place === undefined) return { path: whole ? '' : 'content', note };
  const start = fold(place.text).indexOf(folded);
  const end = start + folded.length;
  if (fold(place.text).length !== place.text.length) return { path: place.path, note };
  const span = place.isKey ? {} : { span: { start, end } };
  return { path: place.path, ...span, matched: excerpt(place.text.slice(start, end)), note };
}
