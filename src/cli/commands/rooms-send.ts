/** `gatehouse rooms send`: a message of the bot. */
import type { Command } from 'commander';
import { CommandFailure, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function roomsSend(io: CommandIo): Command {
  return ownerCommand('send', 'send a message as the bot')
    .argument('<room>', 'room id')
    .argument('<text>', 'the message')
    .action(async (room: string, text: string, options: OwnerOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { sendAnswer }, { printable }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
        import('../table.ts'),
      ]);
      const path = `rooms/${encodeURIComponent(room)}/send`;
      const answer = await askOwner({ dataDir, method: 'POST', path, body: { text }, answer: sendAnswer });
      if (options.json === true) printJson(io, answer);
      if (answer.type === 'notJoined') throw new CommandFailure(`the bot is not in ${room}`);
      if (answer.type === 'refused') throw new CommandFailure(`not sent: ${printable(answer.reason)}`);
      if (options.json !== true) printLine(io, `Sent ${answer.event_id}.`);
    });
}
