/** `gatehouse lockdown on` and `gatehouse lockdown slow` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand, trying } from '../options.ts';
import { tried, type TryOptions } from '../owner-options.ts';
import { placeOf, withPlace, type PlaceOptions } from '../place-options.ts';

interface BeginOptions extends TryOptions, PlaceOptions {
  readonly for?: string;
  readonly newcomers?: true;
  readonly interval?: string;
  readonly message?: string;
  readonly note?: string;
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
  return withPlace(trying(ownerCommand(name, description)))
    .requiredOption('--for <time>', 'how long, 30d at most; it ends by itself')
    .option('--newcomers', 'for newcomers alone')
    .option('--message <text>', 'what people are told')
    .option('--note <text>', 'why, for those who look later')
    .action(async (options: BeginOptions) => {
      const { begunLockdown } = await import('../moderation-answers.ts');
      const { describeLockdown } = await import('../moderation-text.ts');
      const { interval, message, note } = options;
      const body = {
        ...{ scope: placeOf(options), mode: name === 'on' ? 'lockdown' : 'slow', for: options.for },
        ...(options.newcomers === true ? { who: 'newcomers' } : {}),
        ...{ interval, message, note, ...tried(options) },
      };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'lockdowns', body, answer: begunLockdown, describe: describeLockdown },
      });
    });
}
