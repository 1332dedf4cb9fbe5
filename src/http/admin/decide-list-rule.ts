/** `POST /_gatehouse/admin/v1/lists/decisions`: what a human says about a rule of a policy list. */
import * as z from 'zod';
import type { RuleDecision } from '../../policy/lists/ports.ts';
import type { NewAction } from '../../policy/ports.ts';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint, invalid } from './admin-endpoint.ts';
import { dryRunField, noteText, type PlaceDeps } from './moderation-access.ts';
import { decisionAnswer, decisionOf, listOf, roomIdText, scopeOf, scopeText, type ListDeps } from './list-answers.ts';

const body = z.strictObject({
  list: roomIdText.describe('Room id of the list.'),
  rule: z.string().min(1).max(600).describe('The rule: event id, or entity.'),
  scope: scopeText.describe('The community, or the room without one, that the decision is for.'),
  standing: z.enum(['approved', 'rejected']).describe('Whether the rule is enforced there.'),
  note: noteText,
  dry_run: dryRunField,
});

type Deps = ListDeps & Pick<PlaceDeps, 'now'>;

export const decideListRule = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/lists/decisions',
  summary: 'Approves or rejects a rule of a policy list for a community; may be changed at any time.',
  body,
  answer: decisionAnswer.extend({ dry_run: z.boolean() }),
  communityOf: (request, { listSubscribing }: Deps) => listSubscribing.communityAt(scopeOf(request.body.scope)),
  handler: async (request, deps: Deps) => {
    const { policyLists, listSubscribing, now } = deps;
    const { list, rule, standing, note, dry_run: dryRun } = request.body;
    const scope = listSubscribing.communityAt(scopeOf(request.body.scope));
    if (scope === undefined) {
      throw invalid('body', [{ path: 'scope', message: 'decisions are made for a community, or for a room' }]);
    }
    const { name: actor } = request.actor;
    const where = { scope, list: listOf(list), rule };
    const actionFor = ({ rule: key, people, moderators }: RuleDecision): NewAction => ({
      ...{ at: now(), actor, note },
      // Rooms without a community decide for themselves.
      community: scope.startsWith('!') ? undefined : scope,
      ...{ action: `lists.${standing}`, target: list, details: { scope, rule: key, people, moderators } },
    });
    const decision = await policyLists.decide(where, standing, actor, { dryRun, actionFor });
    if (decision === undefined) throw matrixError('M_NOT_FOUND', 404, 'The list has no such rule.');
    return { body: { ...decisionOf(decision), dry_run: dryRun } };
  },
});
