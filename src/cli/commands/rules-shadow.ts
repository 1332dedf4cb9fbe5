/** `gatehouse rules shadow`: what rules in shadow would have done. */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { scopeGiven, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesShadow(io: CommandIo): Command {
  return withScope(ownerCommand('shadow', 'count what rules in shadow would have done, with examples'))
    .option('--since <time>', 'how far back, e.g. 24h or 7d', '7d')
    .action(async (options: OwnerOptions & ScopeOptions & { readonly since: string }) => {
      const [{ shadowCounts }, { describeShadow }] = await Promise.all([
        import('../replay-answers.ts'),
        import('../replay-text.ts'),
      ]);
      await askAdmin(io, options, {
        ...{ method: 'GET', path: 'shadow', answer: shadowCounts, describe: describeShadow },
        query: { scope: scopeGiven(options), since: options.since },
      });
    });
}
