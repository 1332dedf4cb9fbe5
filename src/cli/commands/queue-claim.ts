/** `gatehouse queue claim` and `gatehouse queue release` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { numberArgument } from '../number-argument.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function queueClaim(io: CommandIo): Command {
  return stepCommand(io, 'claim', 'take an item, so that nobody else works on it');
}

export function queueRelease(io: CommandIo): Command {
  return stepCommand(io, 'release', 'give an item back, your own or that of somebody who is away');
}

function stepCommand(io: CommandIo, name: 'claim' | 'release', description: string): Command {
  return ownerCommand(name, description)
    .argument('<item>', 'its number in the list')
    .action(async (item: string, options: OwnerOptions) => {
      const { queueItem } = await import('../moderation-answers.ts');
      const { describeItem } = await import('../moderation-text.ts');
      const path = `queue/${String(numberArgument(item, 'an item'))}/${name}`;
      await askAdmin(io, options, { method: 'POST', path, answer: queueItem, describe: describeItem });
    });
}
