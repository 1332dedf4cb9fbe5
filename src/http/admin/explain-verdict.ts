/** `GET /_gatehouse/admin/v1/verdicts/{referenceOrEventId}`: why an event was signed or refused. */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { verdictsFor, type VerdictDeps } from './moderation-access.ts';
import { explanationAnswer, explanationOf } from './verdict-answers.ts';

export const explainVerdict = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/verdicts/{referenceOrEventId}',
  summary: 'Explains a verdict, by the reference that the sender was given or by event id: all its revisions.',
  answer: explanationAnswer,
  communityOf: 'own',
  handler: async ({ params, actor }, deps: VerdictDeps) => {
    const verdicts = await verdictsFor(actor, params['referenceOrEventId'] ?? '', deps);
    return { body: await explanationOf(await deps.explain(verdicts), deps) };
  },
});
