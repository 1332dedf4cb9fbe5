/** `gatehouse queue decide`: one item, or many at once */
import { Argument, type Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { numberArgument } from '../number-argument.ts';
import { ownerCommand } from '../options.ts';
import { overriding, saidOfOverride, type OverrideOptions } from '../override-options.ts';

export function queueDecide(io: CommandIo): Command {
  return overriding(ownerCommand('decide', 'decide items of the queue'))
    .addArgument(
      new Argument('<decision>', 'allow and refuse override the verdict, none leaves it').choices([
        ...['allow', 'refuse', 'none'],
      ]),
    )
    .argument('<items...>', 'their numbers in the list')
    .action(async (decision: string, items: readonly string[], options: OverrideOptions) => {
      const { decidedItems } = await import('../moderation-answers.ts');
      const { describeDecided } = await import('../moderation-text.ts');
      const body = {
        items: items.map((item) => numberArgument(item, 'an item')),
        decision,
        ...saidOfOverride(options),
      };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'queue/decide', body, answer: decidedItems, describe: describeDecided },
        hasFailed: ({ results }) => results.some(({ error }) => error !== null),
      });
    });
}
