/** `GET /_gatehouse/admin/v1/shadow`: what rules in shadow would have done. */
import * as z from 'zod';
import { parseScope } from '../../policy/settings/scope.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { scopeOf, scopeText } from './list-answers.ts';
import { durationUpTo } from './moderation-access.ts';
import { shadowAnswer, shadowOf, type ShadowDeps } from './replay-answers.ts';
import { existing } from './settings-access.ts';

export const countShadow = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/shadow',
  summary: 'What rules in shadow would have done to events that were really sent, with examples.',
  query: z.strictObject({
    scope: scopeText.default('instance'),
    since: durationUpTo(366 * 86_400_000, '366d')
      .prefault('7d')
      .describe('How far back, such as `24h` or `7d`.'),
  }),
  answer: shadowAnswer,
  communityOf: ({ query }, { settings }: ShadowDeps) => {
    const scope = parseScope(query.scope);
    return scope === undefined ? undefined : settings.communityOf(scope);
  },
  handler: async ({ query, actor }, { settings, shadowCounts, knownRooms, now }: ShadowDeps) => {
    const scope = existing(scopeOf(query.scope), { settings }, actor);
    const rooms = scope.kind === 'instance' ? undefined : new Set(settings.roomsIn(scope, knownRooms()));
    return { body: shadowOf(await shadowCounts({ since: now() - query.since, rooms })) };
  },
});
