/** `POST /_gatehouse/admin/v1/lists/overrides`: a single rule of a policy list is treated otherwise than the list. */
import * as z from 'zod';
import { OVERRIDES } from '../../policy/lists/subscription.ts';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import {
  changeAnswer,
  listFailure,
  listOf,
  noteField,
  roomIdText,
  scopeOf,
  scopeText,
  type ListDeps,
} from './list-answers.ts';

const override = z.enum(OVERRIDES).nullable();

export const overrideListRule = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/lists/overrides',
  summary: 'Treats a single rule of a policy list otherwise than the list, in the rooms of a scope; or no longer.',
  body: z.strictObject({
    list: roomIdText.describe('Room id of the list.'),
    rule: z.string().min(1).max(255).describe('The rule: event id, or entity.'),
    override: override.describe(
      '`ignore`, `enforce` or `flag`; `none`: as the list says, whatever farther layers say; null takes away what this ' +
        'scope says.',
    ),
    scope: scopeText,
    ...noteField,
  }),
  answer: z.strictObject({
    list: z.string(),
    rule: z.string(),
    scope: z.string(),
    override,
    ...changeAnswer,
    dry_run: z.boolean(),
  }),
  communityOf: (request, { listSubscribing }: ListDeps) => listSubscribing.communityAt(scopeOf(request.body.scope)),
  handler: async ({ body, actor }, { listOverrides }: ListDeps) => {
    const { list, rule, override: wanted, scope, note, dry_run: dryRun } = body;
    const done = await listOverrides.set(
      { list: listOf(list), scope: scopeOf(scope), rule, override: wanted ?? undefined },
      { author: actor.name, note, dryRun },
    );
    if (done.ok) {
      const { revision, changes } = done;
      return { body: { list, rule, scope, override: wanted, revision, changes: [...changes], dry_run: dryRun } };
    }
    switch (done.reason.type) {
      case 'notSubscribed':
        throw matrixError('M_NOT_FOUND', 404, `Nobody at ${scope} is subscribed to that list: subscribe to it first.`);
      case 'noSuchRule':
        throw matrixError('M_NOT_FOUND', 404, 'The list has no such rule.');
      default:
        throw listFailure(done.reason);
    }
  },
});
