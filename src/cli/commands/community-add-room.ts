/** `gatehouse community add-room` */
import type { Command } from 'commander';
import { printSettings, saidInQuery, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';

export function communityAddRoom(io: CommandIo): Command {
  return changing(ownerCommand('add-room', 'take a room into a community'))
    .argument('<community>', 'id of the community')
    .argument('<room>', 'room id')
    .action(async (id: string, roomId: string, options: ChangeOptions) => {
      const { changeAnswer } = await import('../settings-answers.ts');
      const { describeChange } = await import('../settings-text.ts');
      const path = `communities/${encodeURIComponent(id)}/rooms/${encodeURIComponent(roomId)}${saidInQuery(options)}`;
      await printSettings(io, options, { method: 'PUT', path, answer: changeAnswer, describe: describeChange });
    });
}
