/** `POST /_gatehouse/admin/v1/lockdowns/end`: before their time. */
import * as z from 'zod';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint, invalid } from './admin-endpoint.ts';
import { lockdownAnswer, lockdownOf, lockdownScope } from './lockdown-answers.ts';
import { dryRunField, noteText, type LockdownDeps } from './moderation-access.ts';

const body = z.strictObject({
  scope: lockdownScope.optional().describe('Ends all of this scope: not those of its rooms, or of what it is in.'),
  id: z.int().optional().describe('Ends this one.'),
  note: noteText,
  dry_run: dryRunField,
});

export const endLockdowns = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/lockdowns/end',
  summary: 'Ends lockdowns and slow modes: one by id, or those of a scope.',
  body,
  answer: z.object({ ended: z.array(lockdownAnswer), dry_run: z.boolean() }),
  communityOf: 'own',
  handler: async ({ body: { scope, id, note, dry_run: dryRun }, actor }, { lockdownDesk, now }: LockdownDeps) => {
    if ((scope === undefined) === (id === undefined)) {
      throw invalid('body', [{ path: 'scope', message: 'give one of `scope` and `id`' }]);
    }
    const meant = lockdownDesk.list(actor.community).filter((one) => one.id === id || one.scope === scope);
    const ended = dryRun ? meant : await lockdownDesk.end(meant, actor.name, note);
    if (ended.length === 0) throw matrixError('M_NOT_FOUND', 404, 'No such lockdown holds.');
    return { body: { ended: ended.map((one) => lockdownOf({ ...one, until: now() })), dry_run: dryRun } };
  },
});
