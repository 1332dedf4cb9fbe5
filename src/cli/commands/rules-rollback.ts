/** `gatehouse rules rollback` */
import type { Command } from 'commander';
import type { ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { rollBack } from '../revisions.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesRollback(io: CommandIo): Command {
  return withScope(changing(ownerCommand('rollback', 'put a former revision back, as a new one')))
    .argument('<revision>', 'its number (history lists them)')
    .action(async (revision: string, options: ChangeOptions & ScopeOptions) => {
      await rollBack(io, options, requiredScope(options), revision);
    });
}
