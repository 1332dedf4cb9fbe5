/** `gatehouse lists unsubscribe` */
import type { Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

interface UnsubscribeOptions extends OwnerOptions, ScopeOptions {
  readonly note?: string;
  readonly dryRun?: true;
}

export function listsUnsubscribe(io: CommandIo): Command {
  return withScope(ownerCommand('unsubscribe', 'end a subscription to a policy list'))
    .argument('<list>', 'room id of the list')
    .option('--note <text>', 'why, for those who look later')
    .option('--dry-run', 'only show what would come of it')
    .action(async (list: string, options: UnsubscribeOptions) => {
      const [{ unsubscribed }, { describeUnsubscribed }] = await Promise.all([
        import('../list-answers.ts'),
        import('../list-text.ts'),
      ]);
      const isDryRun = options.dryRun === true;
      const body = {
        ...{ list, scope: requiredScope(options), dry_run: isDryRun },
        ...(options.note === undefined ? {} : { note: options.note }),
      };
      await askLists(io, options, {
        ...{ method: 'POST', path: 'unsubscribe', body, answer: unsubscribed },
        describe: (answer) => describeUnsubscribed(answer, isDryRun),
      });
    });
}
