/** `gatehouse rules preset`: lists the presets, or chooses one. */
import type { Command } from 'commander';
import { editScope, printSettings, type ChangeOptions } from '../ask-settings.ts';
import { WrongUsage, type CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { requiredScope, SCOPE_WANTED, scopeGiven, withScope, type ScopeOptions } from '../scope-options.ts';
import { printable } from '../table.ts';

export function rulesPreset(io: CommandIo): Command {
  return withScope(changing(ownerCommand('preset', 'list the presets, or choose one')))
    .argument('[preset]', 'its name; none goes without one that a farther layer chose')
    .action(async (preset: string | undefined, options: ChangeOptions & ScopeOptions) => {
      if (preset !== undefined) {
        await checkName(preset, options);
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

/** Before the scope is asked for: one mistake after the other would be tedious. */
async function checkName(preset: string, options: ScopeOptions): Promise<void> {
  const [{ PRESETS }, { NO_PRESET }, { nearestWord }] = await Promise.all([
    import('../../policy/presets/registry.ts'),
    import('../../policy/settings/layer-document.ts'),
    import('../../config/nearest.ts'),
  ]);
  const names = [...PRESETS.map(({ name }) => name), NO_PRESET];
  if (names.includes(preset)) return;
  const near = nearestWord(preset, names);
  const meant = near === undefined ? `there are ${names.join(', ')}` : `did you mean "${near}"?`;
  const scopeWanted = scopeGiven(options) === undefined ? `\n${SCOPE_WANTED}` : '';
  throw new WrongUsage(`there is no preset "${printable(preset)}": ${meant}${scopeWanted}`);
}
