/** `POST /_gatehouse/admin/v1/verdicts/{referenceOrEventId}/override`: a moderator decides otherwise. */
import * as z from 'zod';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { verdictsOnOneEvent, type OverridingDeps } from './moderation-access.ts';
import { howToOverride, overrideAnswer, overrideAnswerOf, overrideFields } from './override-answers.ts';

const body = z.strictObject({ action: z.enum(['allow', 'refuse']), ...overrideFields });

export const overrideVerdict = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/verdicts/{referenceOrEventId}/override',
  summary: 'Allows or refuses an event whatever the rules say, and the same content when it is sent again.',
  body,
  answer: overrideAnswer.extend({ dry_run: z.boolean() }),
  communityOf: 'own',
  handler: async ({ params, body: said, actor }, deps: OverridingDeps) => {
    const [verdict] = await verdictsOnOneEvent(actor, params['referenceOrEventId'] ?? '', deps);
    if (verdict === undefined) throw matrixError('M_NOT_FOUND', 404, 'There is no verdict about that event.');
    const { action } = said;
    const override = { eventId: verdict.eventId, action, ...howToOverride(action, said, actor.name) };
    const answer = await overrideAnswerOf(await deps.override(override), override, deps);
    return { body: { ...answer, dry_run: said.dry_run } };
  },
});
