/** `gatehouse community remove-space` */
import type { Command } from 'commander';
import { printSettings, saidInQuery, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';

export function communityRemoveSpace(io: CommandIo): Command {
  return changing(ownerCommand('remove-space', 'take a space out of a community'))
    .argument('<community>', 'id of the community')
    .argument('<space>', 'room id of the space')
    .action(async (id: string, roomId: string, options: ChangeOptions) => {
      const { changeAnswer } = await import('../settings-answers.ts');
      const { describeChange } = await import('../settings-text.ts');
      const path = `communities/${encodeURIComponent(id)}/spaces/${encodeURIComponent(roomId)}${saidInQuery(options)}`;
      await printSettings(io, options, { method: 'DELETE', path, answer: changeAnswer, describe: describeChange });
    });
}
