/** `DELETE /_gatehouse/admin/v1/tokens/{id}`: a token is valid no more, from this moment on. */
import * as z from 'zod';
import { matrixError } from '../errors.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import type { TokenDeps } from './token-answers.ts';

export const revokeToken = defineAdminEndpoint({
  method: 'DELETE',
  path: '/_gatehouse/admin/v1/tokens/{id}',
  summary: 'Revokes a token at once.',
  query: z.strictObject({
    dry_run: z.enum(['true', 'false']).optional().describe('`true`: tells what would come of it, and changes nothing.'),
  }),
  answer: z.object({ id: z.int(), dry_run: z.boolean() }),
  handler: async ({ params, query, actor }, { tokens, now }: TokenDeps) => {
    const id = /^\d{1,12}$/.test(params['id'] ?? '') ? Number(params['id']) : 0;
    const entry = { at: now(), actor: actor.name, community: undefined, action: 'token.revoke', note: '', details: {} };
    const dryRun = query.dry_run === 'true';
    const isRevoked = dryRun
      ? tokens.all().some((token) => token.id === id && token.revokedAt === undefined)
      : await tokens.revoke(id, () => ({ ...entry, target: String(id) }));
    if (!isRevoked) throw matrixError('M_NOT_FOUND', 404, 'There is no valid token of that id.');
    return { body: { id, dry_run: dryRun } };
  },
});
