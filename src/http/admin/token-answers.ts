/** What the endpoints about tokens have in common. */
import * as z from 'zod';
import type { AdminTokens } from '../../policy/moderation/admin-tokens.ts';
import type { AdminToken } from '../../policy/moderation/ports.ts';

export interface TokenDeps {
  readonly tokens: AdminTokens;
  readonly now: () => number;
}

export const tokenAnswer = z.object({
  id: z.int(),
  name: z.string(),
  scope: z.string().describe('`instance`, or `community/<id>`.'),
  created_by: z.string(),
  created_at: z.int().describe('Milliseconds since 1970, as the other times.'),
  expires_at: z.int().nullable(),
  revoked_at: z.int().nullable(),
  is_valid: z.boolean(),
});

export function tokenForm(token: AdminToken, tokens: AdminTokens): z.infer<typeof tokenAnswer> {
  return {
    id: token.id,
    name: token.name,
    scope: token.community === undefined ? 'instance' : `community/${token.community}`,
    created_by: token.by,
    created_at: token.createdAt,
    expires_at: token.expiresAt ?? null,
    revoked_at: token.revokedAt ?? null,
    is_valid: tokens.isValid(token),
  };
}
