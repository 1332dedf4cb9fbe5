/** `gatehouse precedents list` */
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
