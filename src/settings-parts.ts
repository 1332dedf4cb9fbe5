/** The settings of the server: what the configuration file says, what is stored, and what spaces say. */
import type { Config } from './config/schema.ts';
import { fixedSettings } from './policy/settings/declared.ts';
import { SettingsDirectory } from './policy/settings/settings-directory.ts';
import { spaceChildren } from './rooms/space-children.ts';
import type { Moderation } from './moderation-parts.ts';
import type { Parts, Rooms } from './server-parts.ts';

/** Rooms must be loaded before. */
export async function openSettings(
  config: Config,
  {
    clock,
    log,
    storage,
    rooms,
    moderation,
  }: Pick<Parts, 'clock' | 'log' | 'storage'> & { readonly rooms: Rooms; readonly moderation: Moderation },
): Promise<SettingsDirectory> {
  return await SettingsDirectory.open({
    store: storage.settings,
    spaces: spaceChildren(rooms.registry),
    fixed: fixedSettings(config),
    clock,
    temporaryRules: moderation.temporaryRules,
    actionFor: ({ scope, revision, author, note, at, community, changes }) => {
      const what = { action: 'settings.change', target: scope, details: { revision, changes } };
      return { at, actor: author, community, note, ...what };
    },
    onProblem: (errors) => {
      for (const error of errors) log.error(error, 'a setting cannot be in force and is left out');
    },
    onFailure: (error) => {
      log.error({ err: error }, 'the settings in force could not be stored, or a space of theirs not be read');
    },
  });
}
