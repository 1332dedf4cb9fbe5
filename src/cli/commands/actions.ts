/** `gatehouse actions`: what moderators did. */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { paged, type PageOptions } from '../page-options.ts';

export function actions(io: CommandIo): Command {
  return paged(ownerCommand('actions', 'list what moderators did, newest first'))
    .option('--community <id>', 'in one community')
    .action(async (options: OwnerOptions & PageOptions & { readonly community?: string }) => {
      const { actionList } = await import('../moderation-answers.ts');
      const { describeActions } = await import('../moderation-text.ts');
      const { community, limit, before } = options;
      await askAdmin(io, options, {
        ...{ method: 'GET', path: 'actions', query: { community, limit, before } },
        ...{ answer: actionList, describe: describeActions },
      });
    });
}
