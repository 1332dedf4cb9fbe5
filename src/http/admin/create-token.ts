/** `POST /_gatehouse/admin/v1/tokens`: a new token, told this once. */
import * as z from 'zod';
import { duration } from '../../policy/filters/quantities.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { dryRunField } from './moderation-access.ts';
import { requireCommunity, type SettingsDeps } from './settings-access.ts';
import { tokenAnswer, tokenForm, type TokenDeps } from './token-answers.ts';

export const createToken = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/tokens',
  summary: 'Makes a token for the admin API; its text is told this once.',
  body: z.strictObject({
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/, { error: 'expected 1 to 64 letters, digits, dots, dashes and underscores' })
      .describe('Whose it is; records name it as `token:<name>`.'),
    community: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('The one community that it is for; the whole instance where left out.'),
    dry_run: dryRunField,
    for: duration.optional().describe('How long it is valid, such as `90d`; until it is revoked where left out.'),
  }),
  answer: z.object({
    token: tokenAnswer.extend({ id: z.int().nullable().describe('Null in a dry run.') }),
    text: z.string().nullable().describe('What requests carry as `Authorization: Bearer`; null in a dry run.'),
    dry_run: z.boolean(),
  }),
  handler: async ({ body, actor }, { tokens, settings, now }: TokenDeps & SettingsDeps) => {
    const { name, community, for: validFor, dry_run: dryRun } = body;
    requireCommunity(community, { settings }, actor);
    const expiresAt = validFor === undefined ? undefined : now() + validFor;
    const by = actor.name;
    if (dryRun) {
      const planned = { id: 0, name, community, by, createdAt: now(), expiresAt, revokedAt: undefined, secretHash: '' };
      return { body: { token: { ...tokenForm(planned, tokens), id: null }, text: null, dry_run: true } };
    }
    const details = { name, expires_at: expiresAt ?? null };
    const entry = { at: now(), actor: actor.name, community, action: 'token.create', note: '', details };
    const { token, text } = await tokens.create({ name, community, by, expiresAt }, ({ id }) => {
      return { ...entry, target: String(id) };
    });
    return { status: 201, body: { token: tokenForm(token, tokens), text, dry_run: false } };
  },
});
