/** `gatehouse erase`: erases what one person has said. */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand, trying } from '../options.ts';
import { tried, type TryOptions } from '../owner-options.ts';

export function erase(io: CommandIo): Command {
  const description = 'erase what one person has said from this server; it cannot be undone';
  return trying(ownerCommand('erase', description), 'only count what would be erased')
    .argument('<user>', 'user id')
    .option('--note <text>', 'why, for those who look later', '')
    .action(async (user: string, options: TryOptions & { readonly note: string }) => {
      const [{ erasureReport }, { describeErasure }] = await Promise.all([
        import('../replay-answers.ts'),
        import('../replay-text.ts'),
      ]);
      await askAdmin(io, options, {
        ...{ method: 'POST', path: 'erasures', body: { user_id: user, note: options.note, ...tried(options) } },
        ...{ answer: erasureReport, describe: describeErasure },
      });
    });
}
