/** `gatehouse community history` */
import type { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { printHistory } from '../revisions.ts';

export function communityHistory(io: CommandIo): Command {
  return ownerCommand('history', 'who changed what, when and why')
    .argument('<community>', 'id of the community')
    .action(async (id: string, options: OwnerOptions) => {
      await printHistory(io, options, `community/${id}`);
    });
}
