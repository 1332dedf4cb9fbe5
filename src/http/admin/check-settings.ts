/** `POST /_gatehouse/admin/v1/settings/{scope}/check`: every mistake that saving would find. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { communityOfScope, scopeParam, type SettingsDeps } from './settings-access.ts';

const BODY_LIMIT = 8 * 1024 * 1024;

export const checkSettings = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/settings/{scope}/check',
  summary: 'Checks settings without saving them.',
  bodyLimit: BODY_LIMIT,
  body: z.strictObject({ settings: z.unknown() }),
  answer: z.object({ ok: z.boolean(), errors: z.array(z.object({ path: z.string(), message: z.string() })) }),
  communityOf: communityOfScope,
  handler: (request, { settings }: SettingsDeps) => {
    const errors = settings.check(scopeParam(request), request.body.settings);
    return { body: { ok: errors.length === 0, errors: [...errors] } };
  },
});
