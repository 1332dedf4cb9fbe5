/** `PUT /_gatehouse/admin/v1/communities/{community}/spaces/{roomId}` */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { editList } from './community-lists.ts';
import { changeAnswer, changeQuery, type SettingsDeps } from './settings-access.ts';

export const addCommunitySpace = defineAdminEndpoint({
  method: 'PUT',
  path: '/_gatehouse/admin/v1/communities/{community}/spaces/{roomId}',
  summary: 'Lets a space have settings of its own for those rooms of a community that are in it.',
  query: changeQuery,
  answer: changeAnswer,
  handler: (request, deps: SettingsDeps) => editList(request, deps, 'spaces', 'add'),
});
