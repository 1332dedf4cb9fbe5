/** `POST /_gatehouse/admin/v1/communities`: a new community with its settings. */
import * as z from 'zod';
import { communityId } from '../../policy/settings/layer-document.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { answerOf, changeAnswer, changeFields, changeOf, type SettingsDeps } from './settings-access.ts';

export const createCommunity = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/communities',
  summary: 'Makes a community.',
  body: z.strictObject({
    id: communityId.describe('Never changes.'),
    settings: z.unknown().describe('The document of the community, `name` at the least.'),
    ...changeFields,
  }),
  answer: changeAnswer,
  handler: async (request, { settings }: SettingsDeps) => {
    const { id, settings: document, ...said } = request.body;
    const outcome = await settings.create(id, document, changeOf(request, said));
    return { ...answerOf(outcome, `community/${id}`, said.dry_run), status: said.dry_run === true ? 200 : 201 };
  },
});
