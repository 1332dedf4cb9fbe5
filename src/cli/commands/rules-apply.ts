/** `gatehouse rules apply`: replaces what a layer says by a file. */
import type { Command } from 'commander';
import { editScope, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesApply(io: CommandIo): Command {
  return withScope(changing(ownerCommand('apply', 'replace all that a layer says by a file')))
    .argument('<file>', 'the settings of the layer in YAML or JSON; - is standard input')
    .action(async (file: string, options: ChangeOptions & ScopeOptions) => {
      const { readSettingsFile } = await import('../settings-file.ts');
      const scope = requiredScope(options);
      const settings = await readSettingsFile(io, file);
      await editScope(io, options, scope, () => settings);
    });
}
