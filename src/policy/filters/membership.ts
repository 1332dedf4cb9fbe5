import * as z from 'zod';
import type { Pdu } from '../../protocol/events.ts';
import { ownString } from '../../protocol/json.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';
import { compileGlobList, globList } from './glob-list.ts';

const KINDS = ['join', 'invite', 'knock', 'profile'] as const;
type MembershipKind = (typeof KINDS)[number];

const settings = z.strictObject({
  kinds: z
    .array(z.enum(KINDS))
    .min(1)
    .default(['join'])
    .describe(
      '`join`: somebody enters the room; `invite`; `knock`; `profile`: somebody who is joined changes name or picture. Leaving, kicks and bans are never judged.',
    ),
  users: globList
    .min(1)
    .optional()
    .describe('Globs on the user whose membership it is: who joins, or who is invited. Where left out: everybody.'),
});

export const membership = defineFilter({
  name: 'membership',
  summary: 'Joins, invites, knocks, and changes of name or picture by people who are joined.',
  settings,
  needs: ['membership'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { kinds: ['join'] },
    matches: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      content: { membership: 'join' },
      membership: 'leave',
    },
    ignores: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      content: { membership: 'join', displayname: 'Alice' },
      membership: 'join',
    },
  },
  compile: ({ kinds, users }) => {
    const wanted: ReadonlySet<MembershipKind> = new Set(kinds);
    const findUser = users === undefined ? undefined : compileGlobList(users, { ignoreCase: false });
    return ({ pdu }, { senderMembership }) => {
      const kind = kindOf(pdu, senderMembership);
      if (kind === undefined || !wanted.has(kind) || pdu.stateKey === undefined) return NO_MATCH;
      const evidence = { path: 'content.membership', note: kind === 'profile' ? 'change of profile' : kind };
      if (findUser === undefined) return matchOf(evidence);
      const glob = findUser(pdu.stateKey);
      if (glob === undefined) return NO_MATCH;
      return matchOf(evidence, { path: 'state_key', matched: excerpt(pdu.stateKey), note: `user "${glob}"` });
    };
  },
});

function kindOf(pdu: Pdu, before: string): MembershipKind | undefined {
  if (pdu.type !== 'm.room.member' || pdu.stateKey === undefined) return undefined;
  switch (ownString(pdu.content, 'membership')) {
    case 'join':
      return before === 'join' ? 'profile' : 'join';
    case 'invite':
      return 'invite';
    case 'knock':
      return 'knock';
    default:
      return undefined;
  }
}
