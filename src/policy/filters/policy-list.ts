import * as z from 'zod';
import { parseRoomId } from '../../protocol/ids/room-id.ts';
import type { ListMatch } from '../answers.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH, PENDING } from './filter.ts';
import type { Evidence } from '../verdict.ts';

const settings = z.strictObject({
  trust: z
    .enum(['enforce', 'flag'])
    .default('enforce')
    .describe('Which lists are asked: those that the settings trust so far. Lists with `notify` never match.'),
  lists: z
    .array(z.string().refine((text) => parseRoomId(text) !== undefined, { error: 'expected a room id' }))
    .min(1)
    .max(100)
    .optional()
    .describe('Room ids of lists; left out: all that the room subscribes to with that trust.'),
  kinds: z
    .array(z.enum(['user', 'server', 'room']))
    .min(1)
    .max(3)
    .optional()
    .describe('Rules about users, about servers, or about rooms; left out: all of them.'),
});

const EXAMPLE: ListMatch = {
  list: '!list:example.org',
  ruleEventId: '$rule',
  kind: 'server',
  entity: '*.spam.example',
  recommendation: 'ban',
  reason: 'spam',
  about: 'home.test',
  path: 'sender',
};

export const policyList = defineFilter({
  name: 'policy_list',
  summary:
    'Events by people, or of people from servers, that stand on a policy list to which the room subscribes; invites also by whom they are for, messages by the rooms they link to.',
  settings,
  needs: ['policy_lists'],
  readsContent: false,
  onFailure: 'busy',
  example: {
    settings: { trust: 'enforce' },
    matches: { content: { msgtype: 'm.text', body: 'hello' }, answers: { list: EXAMPLE } },
    ignores: { content: { msgtype: 'm.text', body: 'hello' }, answers: { list: null } },
  },
  compile: ({ trust, lists, kinds }) => {
    const key = JSON.stringify([trust, lists ?? null, kinds ?? null]);
    const question = { key, trust, lists, kinds };
    return (_event, facts) => {
      const asked = facts.ask('list', question);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      return asked.value === null ? NO_MATCH : matchOf(explain(asked.value));
    };
  },
});

function explain({ list, kind, entity, recommendation, reason, about, path }: ListMatch): Evidence {
  const because = reason === null || reason === '' ? '' : `: ${excerpt(reason)}`;
  return {
    path,
    matched: excerpt(about),
    note: `${recommendation} of ${kind} "${entity}" in policy list ${list}${because}`,
  };
}
