/** `POST /_gatehouse/admin/v1/queue/decide`: one item, or many at once. */
import * as z from 'zod';
import { MatrixError } from '../errors.ts';
import { defineAdminEndpoint, type Actor } from './admin-endpoint.ts';
import type { QueueDeps } from './moderation-access.ts';
import { howToOverride, overrideAnswer, overrideAnswerOf, overrideFields } from './override-answers.ts';
import { itemFor, noSuchItem, queueFailure, queueItemAnswer, queueItemOf } from './queue-answers.ts';

const body = z.strictObject({
  items: z.array(z.int().min(1)).min(1).max(100).describe('Ids of items.'),
  decision: z
    .enum(['allow', 'refuse', 'none'])
    .describe('`allow` and `refuse` override the verdict; `none` leaves it as it is.'),
  ...overrideFields,
});

const LEFT_OPEN =
  'The verdict is overridden, which is in force, but the item could not be closed: decide it once more.';

const result = z.object({
  id: z.int(),
  item: queueItemAnswer.nullable(),
  override: overrideAnswer.nullable(),
  error: z
    .string()
    .nullable()
    .describe('Why the item could not be decided; null where it was. What `override` says is in force all the same.'),
});

export const decideQueueItems = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/queue/decide',
  summary: 'Decides items of the queue. Each is decided, or not, for itself.',
  body,
  answer: z.object({ results: z.array(result), dry_run: z.boolean() }),
  communityOf: 'own',
  handler: async ({ body: said, actor }, deps: QueueDeps) => {
    const results: z.output<typeof result>[] = [];
    for (const id of new Set(said.items)) {
      try {
        results.push(await decideOne(id, said, actor, deps));
      } catch (error) {
        if (!(error instanceof MatrixError) || error.status >= 500) throw error;
        results.push({ id, item: null, override: null, error: error.message });
      }
    }
    return { body: { results, dry_run: said.dry_run } };
  },
});

async function decideOne(
  id: number,
  said: z.output<typeof body>,
  actor: Actor,
  deps: QueueDeps,
): Promise<z.output<typeof result>> {
  if ((await itemFor(actor, id, deps)) === undefined) throw noSuchItem();
  const { decision } = said;
  const how = howToOverride(decision, said, actor.name);
  const done = await deps.queueDesk.decide(id, { decision, ...how });
  if (!done.ok) throw queueFailure(done.reason);
  const { eventId } = done.item.verdict;
  const override =
    done.override === undefined || decision === 'none'
      ? null
      : await overrideAnswerOf(done.override, { eventId, action: decision, covers: how.covers }, deps);
  return { id, item: queueItemOf(done.item, deps), override, error: done.isLeftOpen === true ? LEFT_OPEN : null };
}
