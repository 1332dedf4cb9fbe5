/** `POST /_gatehouse/admin/v1/queue/{item}/claim` */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import type { QueueDeps } from './moderation-access.ts';
import { itemOfPath, queueFailure, queueItemAnswer, queueItemOf } from './queue-answers.ts';

export const claimQueueItem = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/queue/{item}/claim',
  summary: 'Takes an item, so that nobody else works on it.',
  answer: queueItemAnswer,
  communityOf: 'own',
  handler: async (request, deps: QueueDeps) => {
    const { id } = await itemOfPath(request, deps);
    const done = await deps.queueDesk.claim(id, request.actor.name);
    if (!done.ok) throw queueFailure(done.reason);
    return { body: queueItemOf(done.item, deps) };
  },
});
