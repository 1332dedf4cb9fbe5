/** `gatehouse verdict`: why an event was signed or refused, and what moderators do about it. */
import type { Command } from 'commander';
import { printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { verdictList as listCommand } from './verdict-list.ts';
import { verdictAllow, verdictRefuse } from './verdict-override.ts';

export function verdict(io: CommandIo): Command {
  return ownerCommand('verdict', 'explain why an event was signed or refused, find verdicts, decide otherwise')
    .argument('<event-or-reference>', 'event id, or the reference that the sender was given')
    .enablePositionalOptions()
    .addCommand(listCommand(io))
    .addCommand(verdictAllow(io))
    .addCommand(verdictRefuse(io))
    .action(async (name: string, options: OwnerOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { verdictList }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
      ]);
      const path = `verdicts/${encodeURIComponent(name)}`;
      const answer = await askOwner({ dataDir, method: 'GET', path, answer: verdictList });
      if (options.json === true) {
        printJson(io, answer);
        return;
      }
      const { describeVerdicts } = await import('../verdict-text.ts');
      printLine(io, describeVerdicts(answer));
    });
}
