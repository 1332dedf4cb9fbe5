/** `gatehouse queue list`, `show`, `claim`, `release`, `decide` and `appeal` */
import { Argument, Option, type Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import { CommandFailure, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import { overriding, saidOfOverride, type OverrideOptions } from '../override-options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { paged, type PageOptions } from '../page-options.ts';

interface ListOptions extends OwnerOptions, PageOptions {
  readonly status: string;
  readonly community?: string;
  readonly room?: string;
}

export function queueList(io: CommandIo): Command {
  return paged(ownerCommand('list', 'list flagged events and appeals, newest first'))
    .addOption(
      new Option('--status <status>', 'only those in this status')
        .choices(['open', 'claimed', 'decided', 'any'])
        .default('open'),
    )
    .option('--community <id>', 'of the rooms of a community')
    .option('--room <id>', 'of one room')
    .action(async (options: ListOptions) => {
      const answers = await import('../moderation-answers.ts');
      const { describeQueue } = await import('../moderation-text.ts');
      const { community, room, limit, before } = options;
      const status = options.status === 'any' ? undefined : options.status;
      await askAdmin(io, options, {
        ...{ method: 'GET', path: 'queue', query: { status, community, room, limit, before } },
        ...{ answer: answers.queueList, describe: describeQueue },
      });
    });
}

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
        ...{ method: 'GET', path: `queue/${numberOf(item)}`, answer: shownItem },
        describe: (answer) => `${describeItem(answer.item)}\n\n${describeVerdicts(answer.explanation)}`,
      });
    });
}

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
      const path = `queue/${numberOf(item)}/${name}`;
      await askAdmin(io, options, { method: 'POST', path, answer: queueItem, describe: describeItem });
    });
}

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
      const body = { items: items.map((item) => Number(numberOf(item))), decision, ...saidOfOverride(options) };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'queue/decide', body, answer: decidedItems, describe: describeDecided },
      });
    });
}

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

function numberOf(text: string): string {
  if (!/^\d{1,15}$/.test(text)) throw new CommandFailure(`"${text}" is no number of an item`);
  return text;
}
