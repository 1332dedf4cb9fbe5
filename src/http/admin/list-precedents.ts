/** `GET /_gatehouse/admin/v1/precedents`: decisions about content that hold for what is sent again. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { isTheirs, nextField, pageFields, pageOf, type PrecedentDeps } from './moderation-access.ts';
import { requireCommunity, type SettingsDeps } from './settings-access.ts';
import { precedentAnswer, precedentOf } from './verdict-answers.ts';

export const listPrecedents = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/precedents',
  summary: 'Precedents that hold, newest first.',
  query: z.strictObject({ community: z.string().max(64).optional(), ...pageFields }),
  answer: z.object({ precedents: z.array(precedentAnswer), next: nextField }),
  communityOf: 'own',
  handler: ({ query, actor }, { precedents, communityOfRoom, settings, now }: PrecedentDeps & SettingsDeps) => {
    requireCommunity(query.community, { settings }, actor);
    const { limit, before = Infinity } = pageOf(query);
    const found = precedents.all(now()).filter(({ id, community, roomId }) => {
      const place = community ?? communityOfRoom(roomId);
      return id < before && isTheirs(actor, place) && (query.community === undefined || query.community === place);
    });
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.id ?? null) : null;
    return { body: { precedents: page.map(precedentOf), next } };
  },
});
