/** `gatehouse rooms join`: joins a public room by id or alias. */
import type { Command } from 'commander';
import { CommandFailure, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

interface JoinOptions extends OwnerOptions {
  readonly via?: readonly string[];
}

export function roomsJoin(io: CommandIo): Command {
  return ownerCommand('join', 'join a public room')
    .argument('<room>', 'room id or alias')
    .option('--via <servers...>', 'servers to join through')
    .action(async (target: string, options: JoinOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { joinAnswer }, { describeAttempts }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
        import('../room-text.ts'),
      ]);
      const body = { target, via: options.via ?? [] };
      const answer = await askOwner({ dataDir, method: 'POST', path: 'rooms/join', body, answer: joinAnswer });
      if (options.json === true) printJson(io, answer);
      if (answer.type === 'failed') {
        throw new CommandFailure(describeAttempts(`cannot join ${target}`, answer.attempts));
      }
      if (options.json === true) return;
      const how =
        answer.type === 'joined' ? `Joined ${answer.room_id} through ${answer.via}` : `Already in ${answer.room_id}`;
      printLine(io, `${how}. To protect it: gatehouse rooms show '${answer.room_id}'`);
    });
}
