/** `gatehouse verdict allow` and `gatehouse verdict refuse`: a moderator decides otherwise. */
import type { Command } from 'commander';
import { askAdmin } from '../ask-admin.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import { overriding, saidOfOverride, type OverrideOptions } from '../override-options.ts';

export function verdictAllow(io: CommandIo): Command {
  return overrideCommand(io, 'allow', 'let an event through, and the same content when its sender sends it again');
}

export function verdictRefuse(io: CommandIo): Command {
  return overrideCommand(io, 'refuse', 'refuse an event whatever the rules say');
}

function overrideCommand(io: CommandIo, action: 'allow' | 'refuse', description: string): Command {
  return overriding(ownerCommand(action, description))
    .argument('<event-or-reference>', 'event id, or the reference that the sender was given')
    .action(async (name: string, options: OverrideOptions) => {
      const [{ overridden }, { describeOverridden }] = await Promise.all([
        import('../moderation-answers.ts'),
        import('../moderation-text.ts'),
      ]);
      await askAdmin(io, options, {
        ...{ method: 'POST', path: `verdicts/${encodeURIComponent(name)}/override` },
        body: { action, ...saidOfOverride(options) },
        ...{ answer: overridden, describe: describeOverridden },
      });
    });
}
