/** `gatehouse lists match`: who stands on lists. */
import type { Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function listsMatch(io: CommandIo): Command {
  return ownerCommand('match', 'show what the policy lists in use say about somebody')
    .argument('<entity>', 'user id, server name, room id or alias')
    .action(async (entity: string, options: OwnerOptions) => {
      const [{ matchList }, { describeMatches }] = await Promise.all([
        import('../list-answers.ts'),
        import('../list-text.ts'),
      ]);
      const path = `match?${new URLSearchParams({ entity }).toString()}`;
      await askLists(io, options, { method: 'GET', path, answer: matchList, describe: describeMatches });
    });
}
