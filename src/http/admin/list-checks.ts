/** `GET /_gatehouse/admin/v1/checks`: what rules can look at, with the settings of each. */
import * as z from 'zod';
import { FILTERS } from '../../policy/filters/registry.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';

const event = z.object({ type: z.string().optional(), content: z.record(z.string(), z.unknown()) });

const check = z.object({
  name: z.string(),
  summary: z.string(),
  needs: z.array(z.string()).describe('What it rests on beside the event itself.'),
  reads_content: z.boolean().describe('Says nothing about encrypted events.'),
  on_failure: z.string(),
  settings: z.record(z.string(), z.unknown()).describe('JSON Schema.'),
  example: z.object({ settings: z.record(z.string(), z.unknown()), matches: event, ignores: event }),
});

export const listChecks = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/checks',
  summary: 'All checks that conditions can be made of.',
  answer: z.object({ checks: z.array(check) }),
  communityOf: 'own',
  handler: () => ({
    body: {
      checks: FILTERS.map(({ name, summary, needs, readsContent, onFailure, settings, example }) => ({
        ...{ name, summary, needs: [...needs], reads_content: readsContent, on_failure: onFailure },
        settings: { ...z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' }) },
        example: { settings: example.settings, matches: example.matches, ignores: example.ignores },
      })),
    },
  }),
});
