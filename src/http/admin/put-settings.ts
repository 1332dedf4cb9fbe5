/** `PUT /_gatehouse/admin/v1/settings/{scope}`: replaces what one layer says, wholly or not at all. */
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

/** Lists of words are long. */
const BODY_LIMIT = 8 * 1024 * 1024;

export const putSettings = defineAdminEndpoint({
  method: 'PUT',
  path: '/_gatehouse/admin/v1/settings/{scope}',
  summary: 'Saves the settings of one scope; `If-Match` with their revision makes sure that nobody was faster.',
  bodyLimit: BODY_LIMIT,
  body: z.strictObject({ settings: z.unknown().describe('The whole document.'), ...changeFields }),
  answer: changeAnswer,
  communityOf: communityOfScope,
  handler: async (request, { settings }: SettingsDeps) => {
    const scope = scopeParam(request);
    const { settings: document, ...said } = request.body;
    const outcome = await settings.save(scope, document, changeOf(request, said));
    return answerOf(outcome, formatScope(scope), said.dry_run);
  },
});
