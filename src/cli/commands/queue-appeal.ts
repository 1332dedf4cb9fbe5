/** `gatehouse queue appeal` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function queueAppeal(io: CommandIo): Command {
  return ownerCommand('appeal', 'put an appeal against a refusal into the queue')
    .argument('<event-or-reference>', 'event id, or the reference that the sender was given')
    .option('--statement <text>', 'what the sender says')
    .action(async (reference: string, options: OwnerOptions & { readonly statement?: string }) => {
      const { queueItem } = await import('../moderation-answers.ts');
      const { describeItem } = await import('../moderation-text.ts');
      const body = { reference, statement: options.statement };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'appeals', body, answer: queueItem, describe: describeItem },
      });
    });
}
