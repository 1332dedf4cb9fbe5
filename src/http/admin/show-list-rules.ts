/** `GET /_gatehouse/admin/v1/lists/{roomId}/rules`: the rules of a policy list, as its room has them now. */
import * as z from 'zod';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { listOf, ruleAnswer, ruleOf, type ListDeps } from './list-answers.ts';

const query = z.strictObject({
  kind: z.enum(['user', 'server', 'room']).optional().describe('Rules about users, servers or rooms alone.'),
  search: z.string().max(200).optional().describe('Rules with this text in their entity or reason.'),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000).describe('At most so many rules.'),
});

export const showListRules = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/lists/{roomId}/rules',
  summary: 'The rules of a policy list, as its room has them now.',
  query,
  answer: z.strictObject({ list: z.string(), total: z.int(), rules: z.array(ruleAnswer) }),
  communityOf: 'own',
  handler: async ({ params, query: { kind, search, limit } }, { policyLists }: ListDeps) => {
    const list = listOf(params['roomId'] ?? '');
    const rules = await policyLists.rulesOf(list);
    if (rules === undefined) throw matrixError('M_NOT_FOUND', 404, 'The bot has never been in that room.');
    const found = rules.filter(
      (rule) =>
        (kind === undefined || rule.kind === kind) &&
        (search === undefined || rule.entity.includes(search) || rule.reason?.includes(search) === true),
    );
    return { body: { list, total: found.length, rules: found.slice(0, limit).map(ruleOf) } };
  },
});
