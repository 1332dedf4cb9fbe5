/** `GET /_gatehouse/admin/v1/communities`: the communities of this server, or the one that the token is for. */
import * as z from 'zod';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import type { SettingsDeps } from './settings-access.ts';

const community = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  preset: z.string().optional(),
  rooms: z.int(),
  spaces: z.int(),
  rules: z.int().describe('How many rules the community has or changes itself.'),
  revision: z.int(),
  read_only: z.boolean().describe('Declared in the configuration file.'),
});

export const listCommunities = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/communities',
  summary: 'Communities, with how many rooms and rules each has.',
  answer: z.object({ communities: z.array(community) }),
  communityOf: 'own',
  handler: ({ actor }, { settings }: SettingsDeps) => {
    const all = [...settings.communities()].filter(([id]) => actor.community === undefined || actor.community === id);
    const communities = all.map(([id, { name, description, preset, rooms, spaces, rules }]) => {
      const at = settings.at({ kind: 'community', id });
      return {
        ...{ id, name, description, preset },
        rooms: rooms?.length ?? 0,
        spaces: spaces?.length ?? 0,
        rules: Object.keys(rules ?? {}).length,
        revision: at?.revision ?? 0,
        read_only: at?.isReadOnly ?? false,
      };
    });
    return { body: { communities } };
  },
});
