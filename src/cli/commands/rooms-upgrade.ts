/** `gatehouse rooms upgrade`: replaces a room by one of another version. */
import type { Command } from 'commander';
import { CommandFailure, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function roomsUpgrade(io: CommandIo): Command {
  return ownerCommand('upgrade', 'replace a room by one of another version')
    .argument('<room>', 'room id')
    .argument('<version>', 'room version of the new room')
    .action(async (room: string, version: string, options: OwnerOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { upgradeAnswer }, { printable }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
        import('../table.ts'),
      ]);
      const path = `rooms/${encodeURIComponent(room)}/upgrade`;
      const answer = await askOwner({ dataDir, method: 'POST', path, body: { version }, answer: upgradeAnswer });
      if (options.json === true) printJson(io, answer);
      switch (answer.type) {
        case 'notJoined':
          throw new CommandFailure(`the bot is not in ${room}`);
        case 'unsupportedRoomVersion':
          throw new CommandFailure(`there is no room version ${answer.room_version}`);
        case 'refused':
          throw new CommandFailure(`the room was not upgraded: ${printable(answer.reason)}`);
        case 'upgraded':
          break;
      }
      if (options.json === true) return;
      printLine(
        io,
        [`${answer.replaces} is replaced by ${answer.room_id}.`, ...answer.notes.map(printable)].join('\n'),
      );
    });
}
