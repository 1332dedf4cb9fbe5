/** `gatehouse lists approve` and `gatehouse lists reject` */
import type { Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand, trying } from '../options.ts';
import { tried, type TryOptions } from '../owner-options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function listsApprove(io: CommandIo): Command {
  return decisionCommand(io, 'approve', 'approved', 'enforce a rule of a policy list that waits');
}

export function listsReject(io: CommandIo): Command {
  return decisionCommand(io, 'reject', 'rejected', 'never enforce a rule of a policy list');
}

function decisionCommand(io: CommandIo, name: string, standing: 'approved' | 'rejected', description: string): Command {
  return withScope(trying(ownerCommand(name, description).option('--note <text>', 'why, for those who look later')))
    .argument('<list>', 'room id of the list')
    .argument('<rule>', 'entity of the rule, or its event id')
    .action(async (list: string, rule: string, options: TryOptions & ScopeOptions & { readonly note?: string }) => {
      const [{ decided }, { describeDecided }] = await Promise.all([
        import('../list-answers.ts'),
        import('../list-text.ts'),
      ]);
      const body = { list, rule, standing, scope: requiredScope(options), note: options.note, ...tried(options) };
      await askLists(io, options, {
        ...{ method: 'POST', path: 'decisions', body, answer: decided, describe: describeDecided },
      });
    });
}
