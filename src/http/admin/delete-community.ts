/** `DELETE /_gatehouse/admin/v1/communities/{community}`: its rooms belong to none then; its history stays. */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { answerOf, changeAnswer, changeOf, changeQuery, communityParam, type SettingsDeps } from './settings-access.ts';

export const deleteCommunity = defineAdminEndpoint({
  method: 'DELETE',
  path: '/_gatehouse/admin/v1/communities/{community}',
  summary: 'Deletes a community; rolling its settings back brings it again.',
  query: changeQuery,
  answer: changeAnswer,
  handler: async (request, { settings }: SettingsDeps) => {
    const { id } = communityParam(request);
    const change = changeOf(request, request.query);
    return answerOf(await settings.remove(id, change), `community/${id}`, change.dryRun);
  },
});
