/** `POST /_gatehouse/admin/v1/queue/{item}/release` */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import type { QueueDeps } from './moderation-access.ts';
import { itemOfPath, queueFailure, queueItemAnswer, queueItemOf } from './queue-answers.ts';

export const releaseQueueItem = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/queue/{item}/release',
  summary: "Gives an item back, one's own or that of somebody who is away.",
  answer: queueItemAnswer,
  communityOf: 'own',
  handler: async (request, deps: QueueDeps) => {
    const { id } = await itemOfPath(request, deps);
    const done = await deps.queueDesk.release(id, request.actor.name);
    if (!done.ok) throw queueFailure(done.reason);
    return { body: queueItemOf(done.item, deps) };
  },
});
