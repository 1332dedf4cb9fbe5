/** Items of the queue as the admin API shows them, and why something cannot be done with one. */
import * as z from 'zod';
import type { QueueItem } from '../../policy/moderation/ports.ts';
import type { QueueFailure } from '../../policy/moderation/queue-desk.ts';
import { matrixError } from '../errors.ts';
import type { Actor } from './admin-endpoint.ts';
import { isTheirs, numberParam, type QueueDeps } from './moderation-access.ts';
import { overrideFailure } from './override-answers.ts';
import { summaryOf, verdictSummary } from './verdict-answers.ts';

export const queueItemAnswer = z.object({
  id: z.int(),
  kind: z.enum(['flag', 'appeal']),
  status: z.enum(['open', 'claimed', 'decided']),
  community: z.string().nullable(),
  verdict: verdictSummary.describe('As it was when the item came in.'),
  statement: z.string().describe('What the one who appeals says.'),
  created_at: z.int().describe('Milliseconds since 1970.'),
  claimed_by: z.string().nullable(),
  decided_by: z.string().nullable(),
  decided_at: z.int().nullable(),
  decision: z.enum(['allow', 'refuse', 'none']).nullable(),
  note: z.string(),
});

export function queueItemOf(
  item: QueueItem,
  { communityOfRoom }: Pick<QueueDeps, 'communityOfRoom'>,
): z.output<typeof queueItemAnswer> {
  const { id, kind, status, verdict, statement, createdAt, claimedBy, decidedBy, decidedAt, decision, note } = item;
  return {
    ...{ id, kind, status, community: communityOfRoom(verdict.roomId) ?? null, verdict: summaryOf(verdict) },
    ...{ statement, created_at: createdAt, claimed_by: claimedBy ?? null, decided_by: decidedBy ?? null },
    ...{ decided_at: decidedAt ?? null, decision: decision ?? null, note },
  };
}

/** The item of a path; 404 where there is none that the actor may see. */
export async function itemOfPath(
  request: { readonly params: Readonly<Record<string, string>>; readonly actor: Actor },
  deps: QueueDeps,
): Promise<QueueItem> {
  const item = await itemFor(request.actor, numberParam(request, 'item'), deps);
  if (item !== undefined) return item;
  throw noSuchItem();
}

export async function itemFor(actor: Actor, id: number, deps: QueueDeps): Promise<QueueItem | undefined> {
  const item = await deps.queue.find(id);
  if (item === undefined) return undefined;
  return isTheirs(actor, deps.communityOfRoom(item.verdict.roomId)) ? item : undefined;
}

export function queueFailure(reason: QueueFailure): Error {
  switch (reason.type) {
    case 'unknown':
      return noSuchItem();
    case 'decided':
      return matrixError('ORG.GATEHOUSE.CONFLICT', 409, `It is decided already, by ${reason.by ?? 'somebody else'}.`);
    case 'claimed':
      return matrixError(
        'ORG.GATEHOUSE.CONFLICT',
        409,
        `${reason.by ?? 'Somebody else'} has claimed it: release it first.`,
      );
    case 'notClaimed':
      return matrixError('ORG.GATEHOUSE.CONFLICT', 409, 'Nobody has claimed it.');
    case 'notOverridden': {
      const { type } = reason.outcome;
      if (type === 'overridden' || type === 'unchanged') throw new Error('an override that was made is no failure');
      return overrideFailure(type);
    }
  }
}

export function noSuchItem(): Error {
  return matrixError('M_NOT_FOUND', 404, 'There is no such item in the queue.');
}
