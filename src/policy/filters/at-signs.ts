import * as z from 'zod';
import { isJsonArray, isJsonObject, type JsonValue } from '../../protocol/json.ts';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';

const settings = z.strictObject({
  more_than: z.int().min(0).max(65_536).default(20).describe('Most @ signs.'),
  counted_in: z
    .enum(['text', 'content'])
    .default('text')
    .describe(
      '`text`: in any one text that people read, whatever form they have (＠); `content`: in all of the content together, keys included.',
    ),
});

export const atSigns = defineFilter({
  name: 'at_signs',
  summary: 'Events with more @ signs than allowed, whatever they mention.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { more_than: 3 },
    matches: { content: { msgtype: 'm.text', body: '@a @b @c @d' } },
    ignores: { content: { msgtype: 'm.text', body: 'me@example.org' } },
  },
  compile:
    ({ more_than: most, counted_in: where }) =>
    (event) => {
      if (event.pdu.type === 'm.room.redaction') return NO_MATCH;
      const counts =
        where === 'content'
          ? [{ path: 'content', count: countInValue(event.pdu.content) }]
          : event.normalised.map(({ raw: { path }, text }) => ({ path, count: countIn(text) }));
      const found = counts.find(({ count }) => count > most);
      if (found === undefined) return NO_MATCH;
      const note = `${String(found.count)} @ signs, at most ${String(most)} are allowed`;
      return matchOf({ path: found.path, note });
    },
});

function countIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) count += 1;
  return count;
}

function countInValue(value: JsonValue): number {
  if (typeof value === 'string') return countIn(value);
  if (isJsonArray(value)) return value.reduce<number>((sum, item) => sum + countInValue(item), 0);
  if (!isJsonObject(value)) return 0;
  return Object.entries(value).reduce((sum, [key, item]) => sum + countIn(key) + countInValue(item), 0);
}
