/** `gatehouse precedents list` and `gatehouse precedents end` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { paged, type PageOptions } from '../page-options.ts';

export function precedentsList(io: CommandIo): Command {
  return paged(ownerCommand('list', 'list the decisions that hold for content that is sent again'))
    .option('--community <id>', 'of one community')
    .action(async (options: OwnerOptions & PageOptions & { readonly community?: string }) => {
      const { precedentList } = await import('../moderation-answers.ts');
      const { describePrecedents } = await import('../moderation-text.ts');
      const { community, limit, before } = options;
      await askAdmin(io, options, {
        ...{ method: 'GET', path: 'precedents', query: { community, limit, before } },
        ...{ answer: precedentList, describe: describePrecedents },
      });
    });
}

export function precedentsEnd(io: CommandIo): Command {
  return ownerCommand('end', 'end a precedent: the rules judge such content again')
    .argument('<id>', 'its number in the list')
    .option('--note <text>', 'why, for those who look later')
    .action(async (id: string, options: OwnerOptions & { readonly note?: string }) => {
      const { precedent } = await import('../moderation-answers.ts');
      const { describeEndedPrecedent } = await import('../moderation-text.ts');
      const body = options.note === undefined ? {} : { note: options.note };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: `precedents/${encodeURIComponent(id)}/end`, body },
        ...{ answer: precedent, describe: describeEndedPrecedent },
      });
    });
}
