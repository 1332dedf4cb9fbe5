/** `GET /_gatehouse/admin/v1/actions`: what moderators did. Nothing changes or removes an entry. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { isTheirs, nextField, pageFields, pageOf, type ActionDeps } from './moderation-access.ts';
import { requireCommunity, type SettingsDeps } from './settings-access.ts';

const entry = z.object({
  id: z.int(),
  at: z.int().describe('Milliseconds since 1970.'),
  actor: z.string(),
  community: z.string().nullable(),
  action: z.string().describe('What was done, e.g. `verdict.allow`.'),
  target: z.string().describe('Id of what it was done to.'),
  note: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

export const listActions = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/actions',
  summary: 'Everything that moderators did, newest first.',
  query: z.strictObject({ community: z.string().max(64).optional(), ...pageFields }),
  answer: z.object({ actions: z.array(entry), next: nextField }),
  communityOf: 'own',
  handler: async ({ query, actor }, { actions, settings }: ActionDeps & SettingsDeps) => {
    const { limit, before } = pageOf(query);
    const community = actor.community ?? query.community;
    if (!isTheirs(actor, query.community ?? actor.community)) return { body: { actions: [], next: null } };
    const found = await actions.list({ community, before, limit: limit + 1 });
    // Of a deleted community there are actions.
    if (found.length === 0) requireCommunity(query.community, { settings }, actor);
    const page = found.slice(0, limit);
    return {
      body: {
        actions: page.map((one) => ({ ...one, community: one.community ?? null, details: { ...one.details } })),
        next: found.length > limit ? (page.at(-1)?.id ?? null) : null,
      },
    };
  },
});
