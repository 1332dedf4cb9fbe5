/** `GET /_gatehouse/admin/v1/queue/{item}`: one item, with everything that explains the verdict. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import type { QueueDeps } from './moderation-access.ts';
import { itemOfPath, queueItemAnswer, queueItemOf } from './queue-answers.ts';
import { explanationAnswer, explanationOf } from './verdict-answers.ts';

export const showQueueItem = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/queue/{item}',
  summary: 'One item of the queue, and the explanation of its verdict as it is now.',
  answer: z.object({ item: queueItemAnswer, explanation: explanationAnswer }),
  communityOf: 'own',
  handler: async (request, deps: QueueDeps) => {
    const item = await itemOfPath(request, deps);
    const explained = await deps.explain(await deps.findVerdicts(item.verdict.eventId));
    return { body: { item: queueItemOf(item, deps), explanation: await explanationOf(explained, deps) } };
  },
});
