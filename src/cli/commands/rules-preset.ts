/** `gatehouse rules preset`: lists the presets, or chooses one. */
import type { Command } from 'commander';
import { editScope, printSettings, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesPreset(io: CommandIo): Command {
  return withScope(changing(ownerCommand('preset', 'list the presets, or choose one')))
    .argument('[preset]', 'its name; none goes without one that a farther layer chose')
    .action(async (preset: string | undefined, options: ChangeOptions & ScopeOptions) => {
      if (preset !== undefined) {
        await editScope(io, options, requiredScope(options), (document) => ({ ...document, preset }));
        return;
      }
      const { presetList } = await import('../settings-answers.ts');
      const { describePresets } = await import('../settings-text.ts');
      await printSettings(io, options, {
        ...{ method: 'GET', path: 'presets', answer: presetList },
        describe: ({ presets }) => describePresets(presets),
      });
    });
}
