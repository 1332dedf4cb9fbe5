/** `POST /_gatehouse/admin/v1/lists/subscribe`: protects rooms by a policy list, and shows whom it is about. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import {
  changeAnswer,
  listFailure,
  noteField,
  previewAnswer,
  previewOf,
  scopeOf,
  scopeText,
  targetFields,
  targetOf,
  type ListDeps,
} from './list-answers.ts';

const body = z.strictObject({
  ...targetFields,
  ...noteField,
  scope: scopeText,
  subscription: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'Any of `trust`, `exempt`, `overrides`, `limit` and `name`; the rest stays as it is, or has its default. Of `exempt` ' +
        '`users` and `servers` are changed each on their own: an empty list exempts nobody any more.',
    ),
});

export const subscribeToList = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/lists/subscribe',
  summary: 'Protects the rooms of a scope by a policy list, or changes how: what is not given stays as it is.',
  body,
  answer: previewAnswer.extend(changeAnswer),
  communityOf: (request, { listSubscribing }: ListDeps) => listSubscribing.communityAt(scopeOf(request.body.scope)),
  handler: async (request, { listSubscribing }: ListDeps) => {
    const { scope, subscription, note, dry_run: dryRun } = request.body;
    const done = await listSubscribing.subscribe(targetOf(request.body, request.actor), scopeOf(scope), subscription, {
      ...{ author: request.actor.name, note, dryRun },
    });
    if (!done.ok) throw listFailure(done.reason);
    return { body: { ...previewOf(done), revision: done.revision, changes: [...done.changes] } };
  },
});
