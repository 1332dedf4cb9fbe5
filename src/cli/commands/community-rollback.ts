/** `gatehouse community rollback` */
import type { Command } from 'commander';
import type { ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { rollBack } from '../revisions.ts';

export function communityRollback(io: CommandIo): Command {
  return changing(ownerCommand('rollback', 'put a former revision back, as a new one'))
    .argument('<community>', 'id of the community')
    .argument('<revision>', 'its number (history lists them)')
    .action(async (id: string, revision: string, options: ChangeOptions) => {
      await rollBack(io, options, `community/${id}`, revision);
    });
}
