/** `GET /_gatehouse/admin/v1/lists/waiting`: rules of policy lists that are not enforced until a human says so. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { scopeOf, scopeText, waitingAnswers, waitingAnswersOf, type ListDeps } from './list-answers.ts';
import { existing, type SettingsDeps } from './settings-access.ts';

export const listWaitingRules = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/lists/waiting',
  summary: 'Rules of policy lists that match many people or a moderator, and so wait for a human.',
  query: z.strictObject({ scope: scopeText.default('instance') }),
  answer: waitingAnswers,
  communityOf: 'own',
  handler: async ({ query, actor }, { policyLists, listSubscribing, settings }: ListDeps & SettingsDeps) => {
    const community =
      actor.community ?? listSubscribing.communityAt(existing(scopeOf(query.scope), { settings }, actor));
    return { body: waitingAnswersOf(await policyLists.waiting(community)) };
  },
});
