/** `POST /_gatehouse/admin/v1/precedents/{precedent}/end` */
import * as z from 'zod';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { dryRunField, isTheirs, noteText, numberParam, type PrecedentDeps } from './moderation-access.ts';
import { precedentAnswer, precedentOf } from './verdict-answers.ts';

export const endPrecedent = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/precedents/{precedent}/end',
  summary: 'Ends a precedent before its time: the rules judge such content again.',
  body: z.strictObject({ note: noteText, dry_run: dryRunField }),
  answer: precedentAnswer.extend({ dry_run: z.boolean() }),
  communityOf: 'own',
  handler: async (request, deps: PrecedentDeps) => {
    const { actor, body } = request;
    const precedent = deps.precedents.get(numberParam(request, 'precedent'), deps.now());
    const community = precedent?.community ?? (precedent && deps.communityOfRoom(precedent.roomId));
    const who = { actor: actor.name, community, note: body.note };
    const isEnded =
      precedent !== undefined &&
      isTheirs(actor, community) &&
      (body.dry_run || (await deps.endPrecedent(precedent, who)));
    if (!isEnded) throw matrixError('M_NOT_FOUND', 404, 'There is no such precedent, or it has ended.');
    return { body: { ...precedentOf(precedent), until: deps.now(), dry_run: body.dry_run } };
  },
});
