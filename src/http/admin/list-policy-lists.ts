/** `GET /_gatehouse/admin/v1/lists`: the policy lists in use, and who subscribes to them. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { overviewAnswer, overviewOf, type ListDeps } from './list-answers.ts';

export const listPolicyLists = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/lists',
  summary: 'The policy lists in use, how many rules they have, and who subscribes to them.',
  answer: z.strictObject({ lists: z.array(overviewAnswer) }),
  communityOf: 'own',
  handler: async ({ actor }, { policyLists }: ListDeps) => {
    const all = (await policyLists.overview()).map(overviewOf);
    if (actor.community === undefined) return { body: { lists: all } };
    const own = all.map((list) => ({
      ...list,
      subscribers: list.subscribers.filter(({ scope }) => scope === actor.community),
    }));
    return { body: { lists: own.filter(({ subscribers }) => subscribers.length > 0) } };
  },
});
