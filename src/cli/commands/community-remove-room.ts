/** `gatehouse community remove-room` */
import type { Command } from 'commander';
import { printSettings, saidInQuery, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';

export function communityRemoveRoom(io: CommandIo): Command {
  return changing(ownerCommand('remove-room', 'take a room out of a community'))
    .argument('<community>', 'id of the community')
    .argument('<room>', 'room id')
    .action(async (id: string, roomId: string, options: ChangeOptions) => {
      const { changeAnswer } = await import('../settings-answers.ts');
      const { describeChange } = await import('../settings-text.ts');
      const path = `communities/${encodeURIComponent(id)}/rooms/${encodeURIComponent(roomId)}${saidInQuery(options)}`;
      await printSettings(io, options, { method: 'DELETE', path, answer: changeAnswer, describe: describeChange });
    });
}
