import * as z from 'zod';
import { judgedNames, NAMES_OF } from '../reading/judged-names.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchWhere, PENDING } from './filter.ts';

const settings = z.strictObject({
  likeness: z
    .int()
    .min(50)
    .max(100)
    .default(90)
    .describe(
      'How alike the names must be, of 100, after look-alike letters are made the same: 90 allows one changed letter in ten, 100 none.',
    ),
  names_of: z
    .enum(NAMES_OF)
    .default('new_names')
    .describe(
      '`new_names`: names that joins, knocks, invites and changes of profile bring; `sender`: the name by which the sender of any other event goes in the room; `both`.',
    ),
});

export const lookalike = defineFilter({
  name: 'lookalike',
  summary: 'Display names that look like the name or the user id of one of the room’s moderators, by somebody else.',
  settings,
  needs: ['names_of_moderators', 'membership'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      content: { membership: 'join', displayname: 'Βob the Moderator' },
      answers: { lookalike: { userId: '@bob:home.test', name: 'Bob the Moderator' } },
    },
    ignores: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      content: { membership: 'join', displayname: 'Alice' },
      answers: { lookalike: null },
    },
  },
  compile: ({ likeness, names_of: of }) => {
    return ({ pdu }, facts) => {
      const evidence: Evidence[] = [];
      for (const { path, name } of judgedNames(pdu, facts.senderDisplayName, of)) {
        const asked = facts.ask('lookalike', { key: `${String(likeness)} ${name}`, name, likeness });
        if (asked.state === 'pending') return PENDING;
        if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
        if (asked.value === null) continue;
        const note = `looks like ${excerpt(asked.value.name)} (${asked.value.userId}), who moderates the room`;
        evidence.push({ path, matched: excerpt(name), note });
      }
      return matchWhere(evidence);
    };
  },
});
