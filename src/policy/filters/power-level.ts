import * as z from 'zod';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';

const level = z.int();

const settings = z
  .strictObject({
    less_than: level.optional().describe('Senders with a lower power level.'),
    at_least: level.optional().describe('Senders with this power level or a higher one; creators have any.'),
  })
  .refine(({ less_than: below, at_least: from }) => below !== undefined || from !== undefined, {
    error: 'expected less_than or at_least',
  });

export const powerLevel = defineFilter({
  name: 'power_level',
  summary: 'Events of senders with a power level below or above a limit; where both are given, between them.',
  settings,
  needs: ['power_level'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { less_than: 10 },
    matches: { content: { msgtype: 'm.text', body: 'hello' }, powerLevel: 0 },
    ignores: { content: { msgtype: 'm.text', body: 'hello' }, powerLevel: 50 },
  },
  compile: ({ less_than: below = Infinity, at_least: from = -Infinity }) => {
    return ({ pdu }, { senderPowerLevel: has }) => {
      // A level that is none (NaN) is neither below nor above.
      if (!(has >= from && (has < below || below === Infinity))) return NO_MATCH;
      const note = `power level ${has === Infinity ? 'of a creator' : String(has)}`;
      return matchOf({ path: 'sender', matched: pdu.sender, note });
    };
  },
});
