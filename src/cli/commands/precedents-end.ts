/** `gatehouse precedents end` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { numberArgument } from '../number-argument.ts';
import { ownerCommand, trying } from '../options.ts';
import { tried, type TryOptions } from '../owner-options.ts';

export function precedentsEnd(io: CommandIo): Command {
  return trying(ownerCommand('end', 'end a precedent: the rules judge such content again'))
    .argument('<id>', 'its number in the list')
    .option('--note <text>', 'why, for those who look later')
    .action(async (id: string, options: TryOptions & { readonly note?: string }) => {
      const { endedPrecedent } = await import('../moderation-answers.ts');
      const { describeEndedPrecedent } = await import('../moderation-text.ts');
      const body = { note: options.note, ...tried(options) };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: `precedents/${String(numberArgument(id, 'a precedent'))}/end`, body },
        ...{ answer: endedPrecedent, describe: describeEndedPrecedent },
      });
    });
}
