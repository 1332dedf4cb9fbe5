import * as z from 'zod';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';

const moment = z.iso
  .datetime({ offset: true, error: 'expected a time such as "2026-12-01T18:00:00Z"' })
  .transform((text) => Date.parse(text));

const settings = z
  .strictObject({
    after: moment.optional().describe('Events judged at this time or later, such as `2026-12-01T18:00:00Z`.'),
    before: moment.optional().describe('Events judged before this time.'),
  })
  .refine(({ after, before }) => after !== undefined || before !== undefined, { error: 'expected after or before' });

export const time = defineFilter({
  name: 'time',
  summary: 'Events that are judged in a span of time: for rules that begin or end by themselves.',
  settings,
  needs: ['time'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { before: '2026-06-01T00:00:00Z' },
    matches: { content: { msgtype: 'm.text', body: 'hello' }, now: Date.UTC(2026, 4, 31) },
    ignores: { content: { msgtype: 'm.text', body: 'hello' }, now: Date.UTC(2026, 5, 1) },
  },
  compile:
    ({ after = -Infinity, before = Infinity }) =>
    (_event, { now }) => {
      if (now < after || now >= before) return NO_MATCH;
      return matchOf({ path: '', note: `judged at ${new Date(now).toISOString()}` });
    },
});
