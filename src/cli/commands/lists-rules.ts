/** `gatehouse lists rules` */
import type { Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

interface RulesOptions extends OwnerOptions {
  readonly kind?: string;
  readonly search?: string;
  readonly limit?: string;
}

export function listsRules(io: CommandIo): Command {
  return ownerCommand('rules', 'show the rules of a policy list')
    .argument('<list>', 'room id of the list')
    .option('--kind <kind>', 'user, server or room')
    .option('--search <text>', 'rules with this text in their entity or reason')
    .option('--limit <number>', 'at most so many (default: 1000)')
    .action(async (list: string, options: RulesOptions) => {
      const [{ ruleList }, { describeRules }] = await Promise.all([
        import('../list-answers.ts'),
        import('../list-text.ts'),
      ]);
      const query = new URLSearchParams();
      for (const name of ['kind', 'search', 'limit'] as const) {
        const value = options[name];
        if (value !== undefined) query.set(name, value);
      }
      const path = `${encodeURIComponent(list)}/rules?${query.toString()}`;
      await askLists(io, options, { method: 'GET', path, answer: ruleList, describe: describeRules });
    });
}
