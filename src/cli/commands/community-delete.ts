/** `gatehouse community delete` */
import type { Command } from 'commander';
import { printSettings, saidInQuery, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';

export function communityDelete(io: CommandIo): Command {
  return changing(ownerCommand('delete', 'delete a community; a rollback brings it back'))
    .argument('<community>', 'id of the community')
    .action(async (id: string, options: ChangeOptions) => {
      const { changeAnswer } = await import('../settings-answers.ts');
      const { describeChange } = await import('../settings-text.ts');
      const path = `communities/${encodeURIComponent(id)}${saidInQuery(options)}`;
      await printSettings(io, options, { method: 'DELETE', path, answer: changeAnswer, describe: describeChange });
    });
}
