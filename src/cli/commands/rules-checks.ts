/** `gatehouse rules checks`: what conditions can be made of. */
import type { Command } from 'commander';
import { askSettings } from '../ask-settings.ts';
import { CommandFailure, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function rulesChecks(io: CommandIo): Command {
  return ownerCommand('checks', 'list the checks that conditions are made of, or explain one')
    .argument('[check]', 'name of a check')
    .action(async (name: string | undefined, options: OwnerOptions) => {
      const { nearestWord } = await import('../../config/nearest.ts');
      const { checkList } = await import('../settings-answers.ts');
      const { describeCheck, describeChecks } = await import('../settings-text.ts');
      const { checks } = await askSettings(io, options, { method: 'GET', path: 'checks', answer: checkList });
      const check = checks.find((one) => one.name === name);
      if (name !== undefined && check === undefined) {
        const near = nearestWord(
          name,
          checks.map((one) => one.name),
        );
        const hint = near === undefined ? '' : `; did you mean "${near}"?`;
        throw new CommandFailure(`there is no check "${name}"${hint}`);
      }
      if (options.json === true) printJson(io, check ?? { checks });
      else printLine(io, check === undefined ? describeChecks(checks) : describeCheck(check));
    });
}
