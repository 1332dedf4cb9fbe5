/** `DELETE /_gatehouse/admin/v1/communities/{community}/rooms/{roomId}` */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { editList } from './community-lists.ts';
import { changeAnswer, changeQuery, communityOfPath, type SettingsDeps } from './settings-access.ts';

export const removeCommunityRoom = defineAdminEndpoint({
  method: 'DELETE',
  path: '/_gatehouse/admin/v1/communities/{community}/rooms/{roomId}',
  summary: 'Takes a room out of a community.',
  query: changeQuery,
  answer: changeAnswer,
  communityOf: communityOfPath,
  handler: (request, deps: SettingsDeps) => editList(request, deps, 'rooms', 'remove'),
});
