import * as z from 'zod';
import { ownString } from '../../protocol/json.ts';
import { SENDER } from '../questions.ts';
import { EXAMPLE_PERSON } from './example-person.ts';
import { defineFilter, matchOf, NO_MATCH, PENDING, type CheckResult } from './filter.ts';

const settings = z.strictObject({
  joined_by: z
    .enum(['invite', 'themselves'])
    .default('invite')
    .describe('How they came in: asked by a member, or without having been asked.'),
});

export const invited = defineFilter({
  name: 'invited',
  summary: 'Events of people who are in the room by invite or by themselves; joins too.',
  settings,
  needs: ['membership', 'history_of_the_sender'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { joined_by: 'themselves' },
    matches: {
      content: { msgtype: 'm.text', body: 'hello' },
      answers: { person: EXAMPLE_PERSON },
    },
    ignores: {
      content: { msgtype: 'm.text', body: 'hello' },
      answers: { person: { ...EXAMPLE_PERSON, wasInvited: true } },
    },
  },
  compile: ({ joined_by: joinedBy }) => {
    const wanted = joinedBy === 'invite';
    return ({ pdu }, facts) => {
      const before = facts.senderMembership;
      if (before !== 'join') {
        const joins = pdu.type === 'm.room.member' && ownString(pdu.content, 'membership') === 'join';
        return joins ? resultOf((before === 'invite') === wanted, pdu.sender, wanted) : NO_MATCH;
      }
      const asked = facts.ask('person', SENDER);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      return resultOf(asked.value.wasInvited === wanted, pdu.sender, wanted);
    };
  },
});

function resultOf(fits: boolean, sender: string, wasInvited: boolean): CheckResult {
  if (!fits) return NO_MATCH;
  return matchOf({ path: 'sender', matched: sender, note: wasInvited ? 'joined by invite' : 'joined by themselves' });
}
