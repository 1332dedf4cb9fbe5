/** `gatehouse erase`: erases what one person has said. */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function erase(io: CommandIo): Command {
  return ownerCommand('erase', 'erase what one person has said from this server; it cannot be undone')
    .argument('<user>', 'user id')
    .option('--note <text>', 'why, for those who look later', '')
    .action(async (user: string, options: OwnerOptions & { readonly note: string }) => {
      const [{ erasureReport }, { describeErasure }] = await Promise.all([
        import('../replay-answers.ts'),
        import('../replay-text.ts'),
      ]);
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'erasures', body: { user_id: user, note: options.note } },
        ...{ answer: erasureReport, describe: describeErasure },
      });
    });
}
