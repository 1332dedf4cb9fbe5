import * as z from 'zod';
import { mentionedUsers } from '../event-texts.ts';
import { HARMS } from '../harms.ts';
import { NEUTRAL, type Filter } from './filter.ts';

const settings = z.strictObject({
  max: z
    .int()
    .min(0)
    .max(1000)
    .default(20)
    .describe(
      'Most users that one event may mention, each counted once, in `m.mentions`, text or links. 0 switches it off.',
    ),
  message: z
    .string()
    .min(1)
    .max(500)
    .default('Your message was not accepted in this room: it mentions too many people.')
    .describe('What the sender is told.'),
});

export const mentions: Filter<z.infer<typeof settings>> = {
  name: 'mentions',
  summary: 'Refuses events that mention more users than allowed.',
  settings,
  needs: [],
  judgesModerators: false,
  onFailure: 'skip',
  compile: ({ max, message }) => {
    if (max === 0) return undefined;
    return (pdu) => {
      if (pdu.type === 'm.room.member' || pdu.type === 'm.room.power_levels') return NEUTRAL;
      const { users } = mentionedUsers(pdu);
      if (users.size <= max) return NEUTRAL;
      const note = `${String(users.size)} users mentioned, at most ${String(max)} are allowed`;
      return { verdict: 'refuse', message, harms: [HARMS.flooding], evidence: [{ path: 'content', note }] };
    };
  },
};
