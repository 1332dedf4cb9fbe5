import * as z from 'zod';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';

const settings = z.strictObject({
  more_than: z
    .int()
    .min(0)
    .max(1000)
    .default(20)
    .describe('Most users that one event may mention, each counted once, in `m.mentions`, text or links.'),
});

export const mentions = defineFilter({
  name: 'mentions',
  summary: 'Events that mention more users than allowed.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { more_than: 1 },
    matches: { content: { msgtype: 'm.text', body: '@alice:example.org and @bob:example.org: look!' } },
    ignores: { content: { msgtype: 'm.text', body: '@alice:example.org, @alice:example.org: look!' } },
  },
  compile:
    ({ more_than: most }) =>
    (event) => {
      if (event.pdu.type === 'm.room.member' || event.pdu.type === 'm.room.power_levels') return NO_MATCH;
      const { users } = event.mentions;
      if (users.size <= most) return NO_MATCH;
      const note = `${String(users.size)} users mentioned, at most ${String(most)} are allowed`;
      return matchOf({ path: 'content', note });
    },
});
