/** `gatehouse lockdown off` */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { numberArgument } from '../number-argument.ts';
import { ownerCommand, trying } from '../options.ts';
import { tried, type TryOptions } from '../owner-options.ts';
import { placeOf, withPlace, type PlaceOptions } from '../place-options.ts';

export function lockdownOff(io: CommandIo): Command {
  return withPlace(trying(ownerCommand('off', 'end lockdowns and slow modes before their time')))
    .argument('[id]', 'its number in the list, in the place of --room, --community or --instance')
    .option('--note <text>', 'why, for those who look later')
    .action(async (id: string | undefined, options: TryOptions & PlaceOptions & { readonly note?: string }) => {
      const { endedLockdowns } = await import('../moderation-answers.ts');
      const { describeEnded } = await import('../moderation-text.ts');
      const which = id === undefined ? { scope: placeOf(options) } : { id: numberArgument(id, 'a lockdown') };
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'lockdowns/end', body: { ...which, note: options.note, ...tried(options) } },
        ...{ answer: endedLockdowns, describe: describeEnded },
      });
    });
}
