/** `GET /_gatehouse/admin/v1/verdicts`: verdicts by room, sender, rule and outcome, newest first. */
import * as z from 'zod';
import { parseUserId } from '../../protocol/ids/user-id.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { nextField, pageFields, pageOf, roomIdQuery, roomsFor, type VerdictDeps } from './moderation-access.ts';
import { requireCommunity, type SettingsDeps } from './settings-access.ts';
import { summaryOf, verdictSummary } from './verdict-answers.ts';

const query = z.strictObject({
  room: roomIdQuery.optional(),
  community: z.string().max(64).optional(),
  sender: z
    .string()
    .refine((text) => parseUserId(text) !== undefined, { error: 'expected a user id such as "@a:example.org"' })
    .optional(),
  decided_by: z.string().max(64).optional().describe('A rule, or another decider such as `override`.'),
  outcome: z.enum(['sign', 'refuse']).optional(),
  since: z
    .string()
    .regex(/^\d{1,15}$/, { error: 'expected milliseconds since 1970' })
    .optional()
    .describe('Milliseconds since 1970.'),
  all: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true`: those too that no rule refused, flagged or, in shadow, would have.'),
  ...pageFields,
});

export const searchVerdicts = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/verdicts',
  summary: 'Finds verdicts. A page may be short, or empty, and yet not the last.',
  query,
  answer: z.object({ verdicts: z.array(verdictSummary), next: nextField }),
  communityOf: 'own',
  handler: async ({ query: wanted, actor }, deps: VerdictDeps & SettingsDeps) => {
    requireCommunity(wanted.community, deps, actor);
    const since = Number(wanted.since ?? 0);
    const { verdicts, next } = await deps.searchVerdicts({
      ...pageOf(wanted),
      rooms: roomsFor(actor, wanted, deps),
      sender: parseUserId(wanted.sender ?? ''),
      decidedBy: wanted.decided_by,
      outcome: wanted.outcome,
      noteworthyOnly: wanted.all !== 'true',
    });
    const found = verdicts.map(({ verdict }) => verdict);
    const isOlder = (found.at(-1)?.decidedAt ?? since) < since;
    return {
      body: {
        verdicts: found.filter(({ decidedAt }) => decidedAt >= since).map(summaryOf),
        next: isOlder ? null : (next ?? null),
      },
    };
  },
});
