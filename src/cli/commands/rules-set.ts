/** `gatehouse rules set`: one rule of a layer, from a file. */
import type { Command } from 'commander';
import { editScope, sectionOf, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesSet(io: CommandIo): Command {
  return withScope(changing(ownerCommand('set', 'set a rule; what it leaves out, a farther rule of that name says')))
    .argument('<rule>', 'name of the rule')
    .argument('<file>', 'the rule in YAML or JSON; - is standard input')
    .action(async (name: string, file: string, options: ChangeOptions & ScopeOptions) => {
      const { readSettingsFile } = await import('../settings-file.ts');
      const scope = requiredScope(options);
      const rule = await readSettingsFile(io, file);
      await editScope(io, options, scope, (document) => ({
        ...document,
        rules: Object.fromEntries([...sectionOf(document, 'rules'), [name, rule]]),
      }));
    });
}
