/** `GET /_gatehouse/admin/v1/presets`: rules to begin with. */
import * as z from 'zod';
import { PRESETS } from '../../policy/presets/registry.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';

export const listPresets = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/presets',
  summary: 'All presets with their rules.',
  answer: z.object({
    presets: z.array(
      z.object({
        name: z.string(),
        summary: z.string(),
        rules: z.record(z.string(), z.record(z.string(), z.unknown())),
      }),
    ),
  }),
  communityOf: 'own',
  handler: () => ({
    body: {
      presets: PRESETS.map(({ name, summary, rules }) => ({
        ...{ name, summary },
        rules: Object.fromEntries(Object.entries(rules).map(([rule, fields]) => [rule, { ...fields }])),
      })),
    },
  }),
});
