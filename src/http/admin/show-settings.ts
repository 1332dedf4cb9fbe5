/** `GET /_gatehouse/admin/v1/settings/{scope}`: what one layer says, as written. */
import * as z from 'zod';
import { formatScope, type Scope } from '../../policy/settings/scope.ts';
import type { SettingsDirectory } from '../../policy/settings/settings-directory.ts';
import { defineAdminEndpoint, type AdminAnswer } from './admin-endpoint.ts';
import { communityOfScope, existing, scopeParam, type SettingsDeps } from './settings-access.ts';

export const settingsAnswer = z.object({
  scope: z.string(),
  community: z.string().optional().describe('The community that the scope belongs to.'),
  revision: z.int().describe('0 where nothing was ever saved.'),
  author: z.string().optional(),
  note: z.string().optional(),
  at: z.number().optional().describe('Milliseconds since 1970.'),
  read_only: z.boolean().describe('Declared in the configuration file.'),
  settings: z.record(z.string(), z.unknown()),
});

export const showSettings = defineAdminEndpoint({
  method: 'GET',
  path: '/_gatehouse/admin/v1/settings/{scope}',
  summary: 'The settings of one scope: `instance`, `community/<id>`, `space/<room id>` or `room/<room id>`.',
  answer: settingsAnswer,
  communityOf: communityOfScope,
  handler: (request, { settings }: SettingsDeps) =>
    showScope(settings, existing(scopeParam(request), { settings }, request.actor)),
});

/** Of a scope that exists. */
export function showScope(settings: SettingsDirectory, scope: Scope): AdminAnswer<z.infer<typeof settingsAnswer>> {
  const found = settings.at(scope);
  if (found === undefined) throw new Error(`${formatScope(scope)} does not exist`);
  const { document, revision, last, isReadOnly } = found;
  const community = settings.communityOf(scope);
  return {
    body: {
      scope: formatScope(scope),
      community,
      revision,
      ...(last === undefined ? {} : { author: last.author, note: last.note, at: last.at }),
      read_only: isReadOnly,
      settings: { ...document },
    },
    revision: String(revision),
  };
}
