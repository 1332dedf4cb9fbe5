/** `GET /_gatehouse/admin/v1/settings/{scope}/history`: who changed what, when and why. */
import * as z from 'zod';
import { changesBetween } from '../../policy/settings/document-changes.ts';
import { formatScope } from '../../policy/settings/scope.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { communityOfScope, existing, scopeParam, type SettingsDeps } from './settings-access.ts';

const DEFAULT_LIMIT = 50;
const number = z.string().regex(/^\d{1,9}$/, { error: 'expected a number' });

const revision = z.object({
  revision: z.int(),
  author: z.string(),
  note: z.string(),
  at: z.number().describe('Milliseconds since 1970.'),
  deleted: z.boolean(),
  changed: z.array(z.string()).describe('Paths of what changed since the revision before.'),
});

export const settingsHistory = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/settings/{scope}/history',
  summary: 'The revisions of one scope, newest first.',
  query: z.strictObject({
    limit: number.optional().describe('At most 200; 50 where it is left out.'),
    before: number.optional().describe('Only revisions older than this one.'),
  }),
  answer: z.object({ scope: z.string(), revisions: z.array(revision) }),
  communityOf: communityOfScope,
  handler: async (request, { settings }: SettingsDeps) => {
    const scope = scopeParam(request);
    const { limit, before } = request.query;
    const wanted = Math.min(Math.max(Number(limit ?? DEFAULT_LIMIT), 1), 200);
    // One more, to tell what the oldest of them changed.
    const found = await settings.history(scope, wanted + 1, before === undefined ? undefined : Number(before));
    // A deleted community has a history.
    if (found.length === 0) existing(scope, { settings }, request.actor);
    const revisions = found.slice(0, wanted).map(({ revision: n, author, note, at, document }, index) => ({
      ...{ revision: n, author, note, at, deleted: document === null },
      changed: changesBetween(parsed(found[index + 1]?.document), parsed(document)).map(({ path }) => path),
    }));
    return { body: { scope: formatScope(scope), revisions } };
  },
});

function parsed(document: string | null | undefined): unknown {
  return JSON.parse(document ?? '{}');
}
