/** `gatehouse rooms list` */
import type { Command } from 'commander';
import { printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function roomsList(io: CommandIo): Command {
  return ownerCommand('list', 'list the rooms that the bot is in or has been in').action(
    async (options: OwnerOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { roomList }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
      ]);
      const answer = await askOwner({ dataDir, method: 'GET', path: 'rooms', answer: roomList });
      if (options.json === true) {
        printJson(io, answer);
        return;
      }
      const { describeRooms } = await import('../room-text.ts');
      printLine(io, describeRooms(answer.rooms));
    },
  );
}
