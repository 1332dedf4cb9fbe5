import * as z from 'zod';
import { isCounted, kindOf } from '../memory/measure.ts';
import { SENDER } from '../questions.ts';
import { EXAMPLE_PERSON } from './example-person.ts';
import { defineFilter, matchOf, NO_MATCH, PENDING } from './filter.ts';

const settings = z.strictObject({
  in: z
    .enum(['room', 'community'])
    .default('room')
    .describe('The first in this room, or the first in any room of the community.'),
  first: z.int().min(1).max(1000).default(1).describe('How many messages count as the first ones.'),
});

export const firstMessage = defineFilter({
  name: 'first_message',
  summary: 'The first message of a person, media included; with `media` beside it: first messages that are media.',
  settings,
  needs: ['history_of_the_sender', 'membership'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: { content: { msgtype: 'm.text', body: 'hello' }, answers: { person: EXAMPLE_PERSON } },
    ignores: {
      content: { msgtype: 'm.text', body: 'hello' },
      answers: { person: { ...EXAMPLE_PERSON, messagesHere: 1 } },
    },
  },
  compile: ({ in: where, first }) => {
    return (event, facts) => {
      if (!isCounted(kindOf(event, facts.senderMembership), 'messages')) return NO_MATCH;
      const asked = facts.ask('person', SENDER);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      const before = where === 'room' ? asked.value.messagesHere : asked.value.messagesInCommunity;
      if (before >= first) return NO_MATCH;
      const note = `message ${String(before + 1)} in the ${where}`;
      return matchOf({ path: 'sender', matched: event.pdu.sender, note });
    };
  },
});
