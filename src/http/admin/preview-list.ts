/** `POST /_gatehouse/admin/v1/lists/preview`: whom the rules of a list would be about, without subscribing. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import {
  listFailure,
  previewAnswer,
  previewOf,
  scopeOf,
  scopeText,
  targetFields,
  targetOf,
  type ListDeps,
} from './list-answers.ts';
import { existing, type SettingsDeps } from './settings-access.ts';

const body = z.strictObject({
  ...targetFields,
  scope: scopeText.default('instance'),
  limit: z.int().min(0).max(1_000_000).optional().describe('Rules about more people would wait for a human.'),
});

export const previewList = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/lists/preview',
  summary: 'Whom of the people in rooms the rules of a policy list are about. The bot joins the room of the list.',
  body,
  answer: previewAnswer,
  communityOf: (request, { listSubscribing }: ListDeps & SettingsDeps) =>
    listSubscribing.communityAt(scopeOf(request.body.scope)),
  handler: async (request, { listSubscribing, settings }: ListDeps & SettingsDeps) => {
    const { limit } = request.body;
    const scope = existing(scopeOf(request.body.scope), { settings }, request.actor);
    const changes = limit === undefined ? {} : { limit };
    const preview = await listSubscribing.preview(targetOf(request.body, request.actor), scope, changes);
    if (!preview.ok) throw listFailure(preview.reason);
    return { body: previewOf(preview) };
  },
});
