/** `gatehouse lists list` */
import type { Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function listsList(io: CommandIo): Command {
  return ownerCommand('list', 'list the policy lists in use').action(async (options: OwnerOptions) => {
    const [{ overviewList }, { describeOverview }] = await Promise.all([
      import('../list-answers.ts'),
      import('../list-text.ts'),
    ]);
    await askLists(io, options, { method: 'GET', answer: overviewList, describe: describeOverview });
  });
}
