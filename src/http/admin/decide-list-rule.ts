/** `POST /_gatehouse/admin/v1/lists/decisions`: what a human says about a rule of a policy list. */
import * as z from 'zod';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint, invalid } from './admin-endpoint.ts';
import { decisionAnswer, decisionOf, listOf, roomIdText, scopeOf, scopeText, type ListDeps } from './list-answers.ts';

const body = z.strictObject({
  list: roomIdText.describe('Room id of the list.'),
  rule: z.string().min(1).max(600).describe('The rule: event id, or entity.'),
  scope: scopeText.describe('The community, or the room without one, that the decision is for.'),
  standing: z.enum(['approved', 'rejected']).describe('Whether the rule is enforced there.'),
});

export const decideListRule = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/lists/decisions',
  summary: 'Approves or rejects a rule of a policy list for a community; may be changed at any time.',
  body,
  answer: decisionAnswer,
  communityOf: (request, { listSubscribing }: ListDeps) => listSubscribing.communityAt(scopeOf(request.body.scope)),
  handler: async (request, { policyLists, listSubscribing }: ListDeps) => {
    const { list, rule, standing } = request.body;
    const scope = listSubscribing.communityAt(scopeOf(request.body.scope));
    if (scope === undefined) {
      throw invalid('body', [{ path: 'scope', message: 'decisions are made for a community, or for a room' }]);
    }
    const decision = await policyLists.decide({ scope, list: listOf(list), rule }, standing, request.actor.name);
    if (decision === undefined) throw matrixError('M_NOT_FOUND', 404, 'The list has no such rule.');
    return { body: decisionOf(decision) };
  },
});
