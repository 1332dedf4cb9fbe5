/** `gatehouse community diff` */
import type { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { printDifference } from '../revisions.ts';

export function communityDiff(io: CommandIo): Command {
  return ownerCommand('diff', 'what changed from one revision to another')
    .argument('<community>', 'id of the community')
    .argument('<from>', 'the older revision; 0 is empty')
    .argument('[to]', 'the newer one (default: what counts now)')
    .action(async (id: string, from: string, to: string | undefined, options: OwnerOptions) => {
      await printDifference(io, options, `community/${id}`, from, to);
    });
}
