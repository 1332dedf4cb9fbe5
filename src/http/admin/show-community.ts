/** `GET /_gatehouse/admin/v1/communities/{community}` */
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { communityOfPath, communityParam, existing, type SettingsDeps } from './settings-access.ts';
import { settingsAnswer, showScope } from './show-settings.ts';

export const showCommunity = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/communities/{community}',
  summary: 'One community: its document as written, and its revision.',
  answer: settingsAnswer,
  communityOf: communityOfPath,
  handler: (request, { settings }: SettingsDeps) =>
    showScope(settings, existing(communityParam(request), { settings }, request.actor)),
});
