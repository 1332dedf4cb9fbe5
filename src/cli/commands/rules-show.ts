/** `gatehouse rules show`: one rule in force, field by field. */
import type { Command } from 'commander';
import { askSettings } from '../ask-settings.ts';
import { CommandFailure, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { scopeGiven, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesShow(io: CommandIo): Command {
  return withScope(ownerCommand('show', 'show a rule in force, and which layer says what of it'))
    .argument('<rule>', 'name of the rule')
    .action(async (name: string, options: OwnerOptions & ScopeOptions) => {
      const { effectiveSettings } = await import('../settings-answers.ts');
      const path = `settings/${encodeURIComponent(scopeGiven(options) ?? 'instance')}/effective`;
      const answer = await askSettings(io, options, { method: 'GET', path, answer: effectiveSettings });
      if (!Object.hasOwn(answer.settings.rules, name)) {
        const { nearestWord } = await import('../../config/nearest.ts');
        const near = nearestWord(name, Object.keys(answer.settings.rules));
        throw new CommandFailure(
          `${answer.scope} has no rule "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
        );
      }
      const { describeRule } = await import('../settings-text.ts');
      if (options.json === true) printJson(io, answer.settings.rules[name]);
      else printLine(io, describeRule(answer, name));
    });
}
