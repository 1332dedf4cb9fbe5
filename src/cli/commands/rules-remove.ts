/** `gatehouse rules remove`: takes what a layer says of a rule away. */
import type { Command } from 'commander';
import { editScope, sectionOf, type ChangeOptions } from '../ask-settings.ts';
import { CommandFailure, type CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesRemove(io: CommandIo): Command {
  return withScope(changing(ownerCommand('remove', 'remove what a layer says of a rule; farther layers count again')))
    .argument('<rule>', 'name of the rule')
    .action(async (name: string, options: ChangeOptions & ScopeOptions) => {
      const scope = requiredScope(options);
      await editScope(io, options, scope, (document) => {
        const rules = sectionOf(document, 'rules');
        if (!rules.has(name)) {
          throw new CommandFailure(
            `${scope} says nothing of "${name}" itself: rules edit-mode ${name} off switches it off`,
          );
        }
        return { ...document, rules: Object.fromEntries([...rules].filter(([rule]) => rule !== name)) };
      });
    });
}
