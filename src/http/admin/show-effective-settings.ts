/** `GET /_gatehouse/admin/v1/settings/{scope}/effective`: what is in force there, and which layer says so. */
import * as z from 'zod';
import { fingerprintOf } from '../../policy/settings/effective-settings.ts';
import { formatScope } from '../../policy/settings/scope.ts';
import { defineAdminEndpoint } from './admin-endpoint.ts';
import { communityOfScope, existing, scopeParam, type SettingsDeps } from './settings-access.ts';

export const showEffectiveSettings = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/settings/{scope}/effective',
  summary: 'The settings in force in a room or at another scope, each with the layer that it comes from.',
  answer: z.object({
    scope: z.string(),
    community: z.string().optional(),
    layers: z.array(z.string()).describe('From far to near; what a nearer one says counts.'),
    preset: z.object({ name: z.string(), origin: z.string() }).optional(),
    fingerprint: z.string().describe('Verdicts made under these settings carry it.'),
    settings: z.record(z.string(), z.unknown()),
    origins: z.record(z.string(), z.string()).describe('Path of each value to the layer that says so.'),
    without_effect: z
      .array(z.object({ origin: z.string(), rule: z.string() }))
      .describe('Rules that change one which no farther layer has.'),
  }),
  communityOf: communityOfScope,
  handler: (request, { settings }: SettingsDeps) => {
    const scope = existing(scopeParam(request), { settings }, request.actor);
    const { settings: effective, origins: layers } = settings.effectiveAt(scope);
    const { document, origins, withoutEffect, preset } = effective;
    return {
      body: {
        scope: formatScope(scope),
        community: settings.communityOf(scope),
        layers: [...layers],
        preset,
        fingerprint: fingerprintOf(document).fingerprint,
        settings: { ...document },
        origins: Object.fromEntries(origins),
        without_effect: [...withoutEffect],
      },
    };
  },
});
