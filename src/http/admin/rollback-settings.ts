/** `POST /_gatehouse/admin/v1/settings/{scope}/rollback`: what a former revision said, as a new one. */
import * as z from 'zod';
import { formatScope } from '../../policy/settings/scope.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import {
  answerOf,
  changeAnswer,
  changeFields,
  changeOf,
  communityOfScope,
  scopeParam,
  type SettingsDeps,
} from './settings-access.ts';

export const rollbackSettings = defineAdminEndpoint({
  method: 'POST',
  path: '/_gatehouse/admin/v1/settings/{scope}/rollback',
  summary: 'Puts a former revision back; a deleted community is there again.',
  body: z.strictObject({ revision: z.int().min(1), ...changeFields }),
  answer: changeAnswer,
  communityOf: communityOfScope,
  handler: async (request, { settings }: SettingsDeps) => {
    const scope = scopeParam(request);
    const { revision, ...said } = request.body;
    const outcome = await settings.rollback(scope, revision, changeOf(request, said));
    return answerOf(outcome, formatScope(scope), said.dry_run);
  },
});
