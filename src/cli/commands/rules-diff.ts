/** `gatehouse rules diff` */
import type { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { printDifference } from '../revisions.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesDiff(io: CommandIo): Command {
  return withScope(ownerCommand('diff', 'what changed from one revision to another'))
    .argument('<from>', 'the older revision; 0 is empty')
    .argument('[to]', 'the newer one (default: what counts now)')
    .action(async (from: string, to: string | undefined, options: OwnerOptions & ScopeOptions) => {
      await printDifference(io, options, requiredScope(options), from, to);
    });
}
