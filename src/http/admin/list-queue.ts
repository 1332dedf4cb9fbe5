/** `GET /_gatehouse/admin/v1/queue`: flagged events and appeals, newest first. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { nextField, pageFields, pageOf, roomIdQuery, roomsFor, type QueueDeps } from './moderation-access.ts';
import { queueItemAnswer, queueItemOf } from './queue-answers.ts';
import { requireCommunity, type SettingsDeps } from './settings-access.ts';

export const listQueue = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/queue',
  summary: 'Flagged events and appeals.',
  query: z.strictObject({
    status: z.enum(['open', 'claimed', 'decided']).optional().describe('Those in any status where it is left out.'),
    community: z.string().max(64).optional(),
    room: roomIdQuery.optional(),
    ...pageFields,
  }),
  answer: z.object({ items: z.array(queueItemAnswer), next: nextField }),
  communityOf: 'own',
  handler: async ({ query, actor }, deps: QueueDeps & SettingsDeps) => {
    requireCommunity(query.community, deps, actor);
    const { limit, before } = pageOf(query);
    const rooms = roomsFor(actor, query, deps);
    const found = await deps.queue.list({ rooms, status: query.status, before, limit: limit + 1 });
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.id ?? null) : null;
    return { body: { items: page.map((item) => queueItemOf(item, deps)), next } };
  },
});
