/** `gatehouse community add-space` */
import type { Command } from 'commander';
import { printSettings, saidInQuery, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';

export function communityAddSpace(io: CommandIo): Command {
  return changing(ownerCommand('add-space', 'let a space have settings of its own for the rooms of a community'))
    .argument('<community>', 'id of the community')
    .argument('<space>', 'room id of the space')
    .action(async (id: string, roomId: string, options: ChangeOptions) => {
      const { changeAnswer } = await import('../settings-answers.ts');
      const { describeChange } = await import('../settings-text.ts');
      const path = `communities/${encodeURIComponent(id)}/spaces/${encodeURIComponent(roomId)}${saidInQuery(options)}`;
      await printSettings(io, options, { method: 'PUT', path, answer: changeAnswer, describe: describeChange });
    });
}
