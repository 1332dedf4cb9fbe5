/** `gatehouse precedents end` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { numberArgument } from '../number-argument.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function precedentsEnd(io: CommandIo): Command {
  return ownerCommand('end', 'end a precedent: the rules judge such content again')
    .argument('<id>', 'its number in the list')
    .option('--note <text>', 'why, for those who look later')
    .action(async (id: string, options: OwnerOptions & { readonly note?: string }) => {
      const { precedent } = await import('../moderation-answers.ts');
      const { describeEndedPrecedent } = await import('../moderation-text.ts');
      const body = options.note === undefined ? {} : { note: options.note };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: `precedents/${String(numberArgument(id, 'a precedent'))}/end`, body },
        ...{ answer: precedent, describe: describeEndedPrecedent },
      });
    });
}
