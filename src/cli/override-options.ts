/** What goes with every decision about an event: whom it covers, for how long, and why. */
import { Option, type Command } from 'commander';
import type { OwnerOptions } from './owner-options.ts';

export interface OverrideOptions extends OwnerOptions {
  readonly covers?: string;
  readonly for?: string;
  readonly note?: string;
  readonly message?: string;
}

export function overriding(command: Command): Command {
  return command
    .addOption(
      new Option('--covers <whom>', 'the same content sent again: never, by the same sender, or by anyone').choices([
        ...['this', 'sender', 'everyone'],
      ]),
    )
    .option('--for <time>', 'how long that counts, 365d at most (default 30d)')
    .option('--message <text>', 'what the sender of a refused event is told')
    .option('--note <text>', 'why, for those who look later');
}

export function saidOfOverride({ covers, for: time, note, message }: OverrideOptions): object {
  return {
    ...(covers === undefined ? {} : { covers }),
    ...(time === undefined ? {} : { for: time }),
    ...(note === undefined ? {} : { note }),
    ...(message === undefined ? {} : { message }),
  };
}
