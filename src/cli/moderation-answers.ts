/** What the running process answers moderators: only what the commands read is checked. */
import { z } from 'zod';
import { evidence, verdictList } from './owner-answers.ts';

const verdictSummary = z.looseObject({
  event_id: z.string(),
  reference: z.string(),
  room_id: z.string(),
  sender: z.string(),
  type: z.string(),
  outcome: z.enum(['sign', 'refuse']),
  message: z.string().nullable(),
  decided_by: z.string(),
  evidence: z.array(evidence),
  flags: z.array(z.string()),
  shadow: z.array(z.string()),
  decided_at: z.number(),
});
export type VerdictSummary = z.output<typeof verdictSummary>;

const next = z.number().nullable();

export const foundVerdicts = z.looseObject({ verdicts: z.array(verdictSummary), next });

export const precedent = z.looseObject({
  id: z.number(),
  action: z.enum(['allow', 'refuse']),
  sender: z.string().nullable(),
  community: z.string().nullable(),
  room_id: z.string(),
  reference: z.string(),
  by: z.string(),
  note: z.string(),
  until: z.number(),
});
export type PrecedentAnswer = z.output<typeof precedent>;

export const precedentList = z.looseObject({ precedents: z.array(precedent), next });

export const endedPrecedent = precedent.extend({ dry_run: z.boolean() });

export const overridden = z.looseObject({
  changed: z.boolean(),
  verdict: verdictSummary,
  precedent: precedent.extend({ id: z.number().nullable() }).nullable(),
  notes: z.array(z.string()),
  dry_run: z.boolean().optional(),
});
export type OverriddenAnswer = z.output<typeof overridden>;

export const lockdown = z.looseObject({
  id: z.number(),
  scope: z.string(),
  mode: z.enum(['lockdown', 'slow']),
  who: z.enum(['newcomers', 'everyone']),
  interval: z.string().nullable(),
  by: z.string(),
  note: z.string(),
  until: z.number(),
});

export const begunLockdown = lockdown.extend({
  id: z.number().nullable(),
  replaces: z.array(z.number()),
  dry_run: z.boolean(),
});

export const lockdownList = z.looseObject({ lockdowns: z.array(lockdown) });
export const endedLockdowns = z.looseObject({ ended: z.array(lockdown), dry_run: z.boolean() });

export const queueItem = z.looseObject({
  id: z.number(),
  kind: z.enum(['flag', 'appeal']),
  status: z.enum(['open', 'claimed', 'decided']),
  community: z.string().nullable(),
  verdict: verdictSummary,
  statement: z.string(),
  created_at: z.number(),
  claimed_by: z.string().nullable(),
  decided_by: z.string().nullable(),
  decision: z.string().nullable(),
  note: z.string(),
});
export type QueueItemAnswer = z.output<typeof queueItem>;

export const queueList = z.looseObject({ items: z.array(queueItem), next });
export const shownItem = z.looseObject({ item: queueItem, explanation: verdictList });

export const decidedItems = z.looseObject({
  results: z.array(z.looseObject({ id: z.number(), override: overridden.nullable(), error: z.string().nullable() })),
  dry_run: z.boolean(),
});

export const actionList = z.looseObject({
  actions: z.array(
    z.looseObject({
      id: z.number(),
      at: z.number(),
      actor: z.string(),
      community: z.string().nullable(),
      action: z.string(),
      target: z.string(),
      note: z.string(),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    }),
  ),
  next,
});
