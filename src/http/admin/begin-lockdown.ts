/** `POST /_gatehouse/admin/v1/lockdowns`: closes rooms, or slows them down, for a time. */
import * as z from 'zod';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint, invalid } from './admin-endpoint.ts';
import { lockdownAnswer, lockdownOf, lockdownScope, requirePlace } from './lockdown-answers.ts';
import { dryRunField, durationUpTo, noteText, type LockdownDeps } from './moderation-access.ts';

const MOST_MS = 30 * 24 * 3_600_000;
const DEFAULT_INTERVAL_MS = 30_000;

const body = z.strictObject({
  scope: lockdownScope,
  mode: z
    .enum(['lockdown', 'slow'])
    .default('lockdown')
    .describe('`lockdown`: nothing but what moderators do, and leaving. `slow`: people wait between two messages.'),
  who: z.enum(['newcomers', 'everyone']).default('everyone').describe('Moderators are never meant.'),
  interval: durationUpTo(24 * 3_600_000, '24h')
    .refine((ms) => ms >= 1_000, { error: 'expected a time of at least 1s' })
    .optional()
    .describe('Of slow mode: the time between two messages of a person; 30s where it is left out.'),
  for: durationUpTo(MOST_MS, '30d').optional().describe('How long; this or `until` is required.'),
  until: z.int().optional().describe('Milliseconds since 1970, at most 30 days from now.'),
  message: z.string().min(1).max(500).optional().describe('What people are told.'),
  note: noteText,
  dry_run: dryRunField,
});

export const beginLockdown = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/lockdowns',
  summary: 'Begins a lockdown or slow mode, which ends by itself; in the place of one of that kind there.',
  body,
  answer: lockdownAnswer.extend({
    id: z.int().nullable().describe('Null in a dry run.'),
    replaces: z.array(z.int()).describe('Those that end now.'),
    dry_run: z.boolean(),
  }),
  communityOf: (request, { lockdownDesk }: LockdownDeps) => lockdownDesk.communityOf(request.body.scope),
  handler: async ({ body: said, actor }, deps: LockdownDeps) => {
    const { scope, mode, who, interval, message, note, dry_run: dryRun } = said;
    requirePlace(scope, deps);
    if (mode === 'lockdown' && interval !== undefined) {
      throw invalid('body', [{ path: 'interval', message: 'only slow mode has one' }]);
    }
    const intervalMs = mode === 'slow' ? (interval ?? DEFAULT_INTERVAL_MS) : 0;
    const until = endOf(said, deps.now());
    const wanted = { scope, mode, who, intervalMs, until, message, note, by: actor.name };
    const { lockdownDesk } = deps;
    const replaces = [...lockdownDesk.replacedBy(wanted)];
    if (dryRun) {
      const planned = lockdownOf({ ...wanted, id: 0, begunAt: deps.now() });
      return { body: { ...planned, id: null, replaces, dry_run: true } };
    }
    const begun = await lockdownDesk.begin(wanted);
    return { status: 201, body: { ...lockdownOf(begun), replaces, dry_run: false } };
  },
});

function endOf(said: { readonly for?: number | undefined; readonly until?: number | undefined }, now: number): number {
  if ((said.for === undefined) === (said.until === undefined)) {
    throw invalid('body', [{ path: 'for', message: 'give one of `for` and `until`: it ends by itself' }]);
  }
  const until = said.until ?? now + (said.for ?? 0);
  if (until > now && until <= now + MOST_MS) return until;
  throw matrixError('M_INVALID_PARAM', 400, 'The end must lie in the future, 30 days away at the most.');
}
