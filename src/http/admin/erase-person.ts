/** `POST /_gatehouse/admin/v1/erasures`: erases what one person has said. */
import * as z from 'zod';
import type { Erasure, ErasureReport } from '../../policy/retention/erasure.ts';
import { parseUserId } from '../../protocol/ids/user-id.ts';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { dryRunField, noteText } from './moderation-access.ts';

export interface ErasingDeps {
  readonly erasePerson: (erasure: Erasure) => Promise<ErasureReport>;
}

export const erasePerson = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/erasures',
  summary:
    'Erases what one person has said from verdicts, appeals and stored events. Verdicts stay and are answered as before.',
  body: z.strictObject({
    user_id: z.string().max(255).describe('Whose events.'),
    note: noteText,
    dry_run: dryRunField,
  }),
  answer: z.object({
    user_id: z.string(),
    verdicts: z.int().describe('Verdicts that quoted something, or had their event beside them.'),
    appeals: z.int(),
    events: z.int().describe('Stored events of rooms, replaced by their redacted form.'),
    state_left: z.int().describe('State events that rooms work by, which stay as they are.'),
    is_logged: z
      .boolean()
      .describe(
        'Whether the log of actions has it: not in a dry run, nor where all is erased and the log took no entry.',
      ),
    dry_run: z.boolean(),
  }),
  handler: async ({ body, actor }, deps: ErasingDeps) => {
    const { dry_run: dryRun } = body;
    const userId = parseUserId(body.user_id);
    if (userId === undefined) throw matrixError('M_INVALID_PARAM', 400, 'user_id is no user id.');
    const { verdicts, appeals, erased, stateLeft, isLogged } = await deps.erasePerson({
      ...{ userId, actor: actor.name, note: body.note, dryRun },
    });
    const counts = { verdicts, appeals, events: erased, state_left: stateLeft };
    return { body: { user_id: userId, ...counts, is_logged: isLogged, dry_run: dryRun } };
  },
});
