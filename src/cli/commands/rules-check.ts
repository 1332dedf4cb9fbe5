/** `gatehouse rules check`: every mistake in a document, without saving it. */
import type { Command } from 'commander';
import { askSettings } from '../ask-settings.ts';
import { CommandFailure, printError, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesCheck(io: CommandIo): Command {
  return withScope(ownerCommand('check', 'check settings as rules apply would, and save nothing'))
    .argument('<file>', 'the settings of a layer in YAML or JSON; - is standard input')
    .action(async (file: string, options: OwnerOptions & ScopeOptions) => {
      const { readSettingsFile } = await import('../settings-file.ts');
      const { checkAnswer } = await import('../settings-answers.ts');
      const scope = requiredScope(options);
      const body = { settings: await readSettingsFile(io, file) };
      const path = `settings/${encodeURIComponent(scope)}/check`;
      const answer = await askSettings(io, options, { method: 'POST', path, body, answer: checkAnswer });
      if (options.json === true) printJson(io, answer);
      else {
        for (const { path: at, message } of answer.errors) printError(io, at === '' ? message : `${at}: ${message}`);
        if (answer.ok) printLine(io, `${file} is good for ${scope}`);
      }
      if (!answer.ok) throw new CommandFailure('');
    });
}
