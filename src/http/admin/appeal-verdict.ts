/** `POST /_gatehouse/admin/v1/appeals`: somebody says that their message should not have been refused. */
import * as z from 'zod';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { verdictsOnOneEvent, type QueueDeps } from './moderation-access.ts';
import { queueItemAnswer, queueItemOf } from './queue-answers.ts';

const body = z.strictObject({
  reference: z.string().min(1).max(255).describe('The reference that the sender was given, or the event id.'),
  statement: z.string().max(2_000).default('').describe('What the sender says.'),
});

const FAILURES = {
  unknown: ['M_NOT_FOUND', 404, 'There is no verdict of that reference or event.'],
  notRefused: ['ORG.GATEHOUSE.CONFLICT', 409, 'That event is not refused: its author may send it again.'],
  waiting: ['ORG.GATEHOUSE.CONFLICT', 409, 'There is an appeal against this verdict already, and it waits.'],
} as const;

export const appealVerdict = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/appeals',
  summary: 'Puts an appeal against a refusal into the queue.',
  body,
  answer: queueItemAnswer,
  communityOf: 'own',
  handler: async ({ body: { reference, statement }, actor }, deps: QueueDeps) => {
    const verdicts = await verdictsOnOneEvent(actor, reference, deps);
    const appeal = await deps.queueDesk.appeal(verdicts, statement, actor.name);
    if (appeal.ok) return { status: 201, body: queueItemOf(appeal.item, deps) };
    const [errcode, status, message] = FAILURES[appeal.reason];
    throw matrixError(errcode, status, message);
  },
});
