/** `gatehouse community show` */
import type { Command } from 'commander';
import { printSettings } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function communityShow(io: CommandIo): Command {
  return ownerCommand('show', 'show a community with its rooms and rules')
    .argument('<community>', 'id of the community')
    .action(async (id: string, options: OwnerOptions) => {
      const { scopeSettings } = await import('../settings-answers.ts');
      const { describeScope } = await import('../settings-text.ts');
      const path = `communities/${encodeURIComponent(id)}`;
      await printSettings(io, options, { method: 'GET', path, answer: scopeSettings, describe: describeScope });
    });
}
