/** `POST /_gatehouse/admin/v1/lists/unsubscribe`: a policy list means nothing any more in a scope. */
import * as z from 'zod';
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

export const unsubscribeFromList = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/lists/unsubscribe',
  summary: 'Ends a subscription to a policy list. The bot stays in the room of the list.',
  body: z.strictObject({ list: roomIdText.describe('Room id of the list.'), scope: scopeText, ...noteField }),
  answer: z.strictObject({ list: z.string(), ...changeAnswer }),
  communityOf: (request, { listSubscribing }: ListDeps) => listSubscribing.communityAt(scopeOf(request.body.scope)),
  handler: async (request, { listSubscribing }: ListDeps) => {
    const { list, scope, note, dry_run: dryRun } = request.body;
    const change = { author: request.actor.name, note, dryRun };
    const done = await listSubscribing.unsubscribe(listOf(list), scopeOf(scope), change);
    if (!done.ok) throw listFailure(done.reason);
    return { body: { list, revision: done.revision, changes: [...done.changes] } };
  },
});
