/** `GET /_gatehouse/admin/v1/lists/match`: what the policy lists in use say about a user, a server or a room. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { matchAnswer, matchOf, type ListDeps } from './list-answers.ts';

export const matchLists = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/lists/match',
  summary: 'Every rule of policy lists in use about a user (and their server), a server or a room.',
  query: z.strictObject({ entity: z.string().min(1).max(255).describe('User id, server name, room id or alias.') }),
  answer: z.strictObject({ entity: z.string(), matches: z.array(matchAnswer) }),
  communityOf: 'own',
  handler: async ({ query: { entity }, actor }, { policyLists }: ListDeps) => {
    const matches = (await policyLists.match(entity)).map(matchOf);
    if (actor.community === undefined) return { body: { entity, matches } };
    const own = matches.map((match) => ({
      ...match,
      subscribers: match.subscribers.filter(({ scope }) => scope === actor.community),
    }));
    return { body: { entity, matches: own.filter(({ subscribers }) => subscribers.length > 0) } };
  },
});
