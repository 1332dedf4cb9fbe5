/** `GET /_gatehouse/admin/v1/settings/{scope}/diff`: what differs between two revisions. */
import * as z from 'zod';
import { formatScope } from '../../policy/settings/scope.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { matrixError } from '../errors.ts';
import { changeList, communityOfScope, existing, scopeParam, type SettingsDeps } from './settings-access.ts';

const number = z.string().regex(/^\d{1,9}$/, { error: 'expected the number of a revision' });

export const compareSettings = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/settings/{scope}/diff',
  summary: 'What changed from one revision of a scope to another.',
  query: z.strictObject({
    from: number.describe('The older revision; 0 is empty.'),
    to: number.optional().describe('The revision that counts now, where it is left out.'),
  }),
  answer: z.object({ scope: z.string(), from: z.int(), to: z.int(), changes: changeList }),
  communityOf: communityOfScope,
  handler: async (request, { settings }: SettingsDeps) => {
    const scope = scopeParam(request);
    const from = Number(request.query.from);
    const to = Number(request.query.to ?? settings.at(scope)?.revision ?? 0);
    const changes = await settings.compare(scope, from, to);
    if (changes === undefined) {
      existing(scope, { settings }, request.actor);
      throw matrixError('M_NOT_FOUND', 404, `There are no such revisions of ${formatScope(scope)}.`);
    }
    return { body: { scope: formatScope(scope), from, to, changes: [...changes] } };
  },
});
