/** `gatehouse rooms leave` */
import type { Command } from 'commander';
import { CommandFailure, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function roomsLeave(io: CommandIo): Command {
  return ownerCommand('leave', 'leave a room')
    .argument('<room>', 'room id')
    .action(async (room: string, options: OwnerOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { leaveAnswer }, { describeAttempts }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
        import('../room-text.ts'),
      ]);
      const path = `rooms/${encodeURIComponent(room)}/leave`;
      const answer = await askOwner({ dataDir, method: 'POST', path, body: {}, answer: leaveAnswer });
      if (options.json === true) printJson(io, answer);
      if (answer.type === 'notJoined') throw new CommandFailure(`the bot is not in ${room}`);
      if (answer.type === 'failed') throw new CommandFailure(describeAttempts(`cannot leave ${room}`, answer.attempts));
      if (options.json !== true) printLine(io, `Left ${answer.room_id}.`);
    });
}
