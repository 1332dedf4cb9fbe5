/** `gatehouse rules history` */
import type { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { printHistory } from '../revisions.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesHistory(io: CommandIo): Command {
  return withScope(ownerCommand('history', 'who changed what, when and why')).action(
    async (options: OwnerOptions & ScopeOptions) => {
      await printHistory(io, options, requiredScope(options));
    },
  );
}
