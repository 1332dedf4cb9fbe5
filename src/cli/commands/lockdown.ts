/** `gatehouse lockdown on`, `slow`, `off` and `list` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import { CommandFailure, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { scopeGiven, type ScopeOptions } from '../scope-options.ts';

type Places = Omit<ScopeOptions, 'space'>;

interface BeginOptions extends OwnerOptions, Places {
  readonly for?: string;
  readonly newcomers?: true;
  readonly interval?: string;
  readonly message?: string;
  readonly note?: string;
}

function withPlace(command: Command): Command {
  return command
    .option('--room <id>', 'one room')
    .option('--community <id>', 'all rooms of a community')
    .option('--instance', 'all rooms of this server');
}

function placeOf(options: Places): string {
  const scope = scopeGiven(options);
  if (scope === undefined) throw new CommandFailure('say for which rooms: --room ID, --community ID or --instance');
  return scope;
}

export function lockdownOn(io: CommandIo): Command {
  return beginCommand(io, 'on', 'close rooms for a time: nothing but what moderators do, and leaving');
}

export function lockdownSlow(io: CommandIo): Command {
  return beginCommand(io, 'slow', 'slow rooms down for a time: people wait between two messages').option(
    '--interval <time>',
    'how long they wait (default 30s)',
  );
}

function beginCommand(io: CommandIo, name: 'on' | 'slow', description: string): Command {
  return withPlace(ownerCommand(name, description))
    .requiredOption('--for <time>', 'how long, 30d at most; it ends by itself')
    .option('--newcomers', 'for newcomers alone')
    .option('--message <text>', 'what people are told')
    .option('--note <text>', 'why, for those who look later')
    .action(async (options: BeginOptions) => {
      const { lockdown } = await import('../moderation-answers.ts');
      const { describeLockdown } = await import('../moderation-text.ts');
      const { interval, message, note } = options;
      const body = {
        ...{ scope: placeOf(options), mode: name === 'on' ? 'lockdown' : 'slow', for: options.for },
        ...(options.newcomers === true ? { who: 'newcomers' } : {}),
        ...{ interval, message, note },
      };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'lockdowns', body, answer: lockdown, describe: describeLockdown },
      });
    });
}

export function lockdownOff(io: CommandIo): Command {
  return withPlace(ownerCommand('off', 'end lockdowns and slow modes before their time'))
    .argument('[id]', 'its number in the list, in the place of --room, --community or --instance')
    .option('--note <text>', 'why, for those who look later')
    .action(async (id: string | undefined, options: OwnerOptions & Places & { readonly note?: string }) => {
      const { endedLockdowns } = await import('../moderation-answers.ts');
      const { describeEnded } = await import('../moderation-text.ts');
      const which = id === undefined ? { scope: placeOf(options) } : { id: numberOf(id) };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'lockdowns/end', body: { ...which, note: options.note } },
        ...{ answer: endedLockdowns, describe: describeEnded },
      });
    });
}

export function lockdownList(io: CommandIo): Command {
  return ownerCommand('list', 'list the lockdowns and slow modes that hold').action(async (options: OwnerOptions) => {
    const answers = await import('../moderation-answers.ts');
    const { describeLockdowns } = await import('../moderation-text.ts');
    await askAdmin(io, options, {
      ...{ method: 'GET', path: 'lockdowns', answer: answers.lockdownList, describe: describeLockdowns },
    });
  });
}

function numberOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CommandFailure(`"${text}" is no number of a lockdown`);
  return Number(text);
}
