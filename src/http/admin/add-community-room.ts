/** `PUT /_gatehouse/admin/v1/communities/{community}/rooms/{roomId}` */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { editList } from './community-lists.ts';
import { changeAnswer, changeQuery, type SettingsDeps } from './settings-access.ts';

export const addCommunityRoom = defineAdminEndpoint({
  method: 'PUT',
  path: '/_gatehouse/admin/v1/communities/{community}/rooms/{roomId}',
  summary: 'Takes a room into a community. A room belongs to one community at most.',
  query: changeQuery,
  answer: changeAnswer,
  handler: (request, deps: SettingsDeps) => editList(request, deps, 'rooms', 'add'),
});
