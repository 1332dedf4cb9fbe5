/** `gatehouse rules export`: what a layer says, as a file for rules apply. */
import type { Command } from 'commander';
import { askSettings } from '../ask-settings.ts';
import { printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesExport(io: CommandIo): Command {
  return withScope(ownerCommand('export', 'print what a layer says, in YAML or (--json) JSON')).action(
    async (options: OwnerOptions & ScopeOptions) => {
      const { scopeSettings } = await import('../settings-answers.ts');
      const { yamlOf } = await import('../settings-text.ts');
      const path = `settings/${encodeURIComponent(requiredScope(options))}`;
      const { settings } = await askSettings(io, options, { method: 'GET', path, answer: scopeSettings });
      if (options.json === true) printJson(io, settings);
      else printLine(io, yamlOf(settings));
    },
  );
}
