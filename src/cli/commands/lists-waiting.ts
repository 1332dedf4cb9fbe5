/** `gatehouse lists waiting`: rules that are not enforced until a human says so. */
import type { Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { scopeGiven, withScope, type ScopeOptions } from '../scope-options.ts';

export function listsWaiting(io: CommandIo): Command {
  return withScope(ownerCommand('waiting', 'list rules that wait for a human')).action(
    async (options: OwnerOptions & ScopeOptions) => {
      const [{ waitingList }, { describeWaiting }] = await Promise.all([
        import('../list-answers.ts'),
        import('../list-text.ts'),
      ]);
      const path = `waiting?${new URLSearchParams({ scope: scopeGiven(options) ?? 'instance' }).toString()}`;
      await askLists(io, options, { method: 'GET', path, answer: waitingList, describe: describeWaiting });
    },
  );
}
