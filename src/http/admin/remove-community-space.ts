/** `DELETE /_gatehouse/admin/v1/communities/{community}/spaces/{roomId}` */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { editList } from './community-lists.ts';
import { changeAnswer, changeQuery, communityOfPath, type SettingsDeps } from './settings-access.ts';

export const removeCommunitySpace = defineAdminEndpoint({
  method: 'DELETE',
  path: '/_gatehouse/admin/v1/communities/{community}/spaces/{roomId}',
  summary: 'Takes a space out of a community.',
  query: changeQuery,
  answer: changeAnswer,
  communityOf: communityOfPath,
  handler: (request, deps: SettingsDeps) => editList(request, deps, 'spaces', 'remove'),
});
