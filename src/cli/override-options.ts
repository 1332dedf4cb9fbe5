/** What goes with every decision about an event: whom it covers, for how long, and why. */
import { Option, type Command } from 'commander';
import { trying } from './options.ts';
import { tried, type TryOptions } from './owner-options.ts';

export interface OverrideOptions extends TryOptions {
  readonly covers?: string;
  readonly for?: string;
  readonly note?: string;
  readonly message?: string;
}

export function overriding(command: Command): Command {
  return trying(command)
    .addOption(
      new Option('--covers <whom>', 'the same content sent again: never, by the same sender, or by anyone').choices([
        ...['this', 'sender', 'everyone'],
      ]),
    )
    .option('--for <time>', 'how long that counts, 365d at most (default 30d)')
    .option('--message <text>', 'what the sender of a refused event is told')
    .option('--note <text>', 'why, for those who look later');
}

export function saidOfOverride(options: OverrideOptions): object {
  const { covers, for: time, note, message } = options;
  return {
    ...tried(options),
    ...(covers === undefined ? {} : { covers }),
    ...(time === undefined ? {} : { for: time }),
    ...(note === undefined ? {} : { note }),
    ...(message === undefined ? {} : { message }),
  };
}
