/** `gatehouse queue show` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { numberArgument } from '../number-argument.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function queueShow(io: CommandIo): Command {
  return ownerCommand('show', 'show an item of the queue, and explain its verdict')
    .argument('<item>', 'its number in the list')
    .action(async (item: string, options: OwnerOptions) => {
      const { shownItem } = await import('../moderation-answers.ts');
      const [{ describeItem }, { describeVerdicts }] = await Promise.all([
        import('../moderation-text.ts'),
        import('../verdict-text.ts'),
      ]);
      await askAdmin(io, options, {
        ...{ method: 'GET', path: `queue/${String(numberArgument(item, 'an item'))}`, answer: shownItem },
        describe: (answer) => `${describeItem(answer.item)}\n\n${describeVerdicts(answer.explanation)}`,
      });
    });
}
