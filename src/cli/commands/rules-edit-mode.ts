/** `gatehouse rules edit-mode`: switches a rule on, into the shadow, or off. */
import { Argument, type Command } from 'commander';
import { editScope, sectionOf, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesEditMode(io: CommandIo): Command {
  return withScope(changing(ownerCommand('edit-mode', 'switch a rule on or off, or only record what it would do')))
    .argument('<rule>', 'name of the rule, of this layer or a farther one')
    .addArgument(new Argument('<mode>', 'shadow: judged and recorded, never enforced').choices(['on', 'shadow', 'off']))
    .action(async (name: string, mode: string, options: ChangeOptions & ScopeOptions) => {
      await editScope(io, options, requiredScope(options), (document) => {
        const rules = sectionOf(document, 'rules');
        const rule = Object.fromEntries([...sectionOf(Object.fromEntries(rules), name), ['mode', mode]]);
        return { ...document, rules: Object.fromEntries([...rules, [name, rule]]) };
      });
    });
}
