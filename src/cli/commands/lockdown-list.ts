/** `gatehouse lockdown list` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function lockdownList(io: CommandIo): Command {
  return ownerCommand('list', 'list the lockdowns and slow modes that hold').action(async (options: OwnerOptions) => {
    const answers = await import('../moderation-answers.ts');
    const { describeLockdowns } = await import('../moderation-text.ts');
    await askAdmin(io, options, {
      ...{ method: 'GET', path: 'lockdowns', answer: answers.lockdownList, describe: describeLockdowns },
    });
  });
}
