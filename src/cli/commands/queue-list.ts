/** `gatehouse queue list` */
import { Option, type Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { paged, type PageOptions } from '../page-options.ts';

interface ListOptions extends OwnerOptions, PageOptions {
  readonly status: string;
  readonly community?: string;
  readonly room?: string;
}

export function queueList(io: CommandIo): Command {
  return paged(ownerCommand('list', 'list flagged events and appeals, newest first'))
    .addOption(
      new Option('--status <status>', 'only those in this status')
        .choices(['open', 'claimed', 'decided', 'any'])
        .default('open'),
    )
    .option('--community <id>', 'of the rooms of a community')
    .option('--room <id>', 'of one room')
    .action(async (options: ListOptions) => {
      const answers = await import('../moderation-answers.ts');
      const { describeQueue } = await import('../moderation-text.ts');
      const { community, room, limit, before } = options;
      const status = options.status === 'any' ? undefined : options.status;
      await askAdmin(io, options, {
        ...{ method: 'GET', path: 'queue', query: { status, community, room, limit, before } },
        ...{ answer: answers.queueList, describe: describeQueue },
      });
    });
}
