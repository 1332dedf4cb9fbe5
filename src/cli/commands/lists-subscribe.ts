/** `gatehouse lists subscribe` */
import type { Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

interface SubscribeOptions extends OwnerOptions, ScopeOptions {
  readonly via?: readonly string[];
  readonly trust?: string;
  readonly limit?: string;
  readonly name?: string;
  readonly exemptUsers?: readonly string[];
  readonly exemptServers?: readonly string[];
  readonly note?: string;
  readonly dryRun?: true;
}

export function listsSubscribe(io: CommandIo): Command {
  return withScope(
    ownerCommand('subscribe', 'protect rooms by a policy list; rules about many people wait for a human'),
  )
    .argument('<list>', 'room id or alias of the list')
    .option('--via <servers...>', 'servers to join through')
    .option('--trust <trust>', 'enforce, flag or notify (default: flag); off: not here, whatever farther layers say')
    .option('--limit <people>', 'rules about more people wait for a human (default: 10)')
    .option('--name <name>', 'what people call the list')
    .option('--exempt-users <globs...>', 'users whom no rule of the list is about, all of them; "" for nobody')
    .option('--exempt-servers <globs...>', 'servers that no rule of the list is about, all of them; "" for none')
    .option('--note <text>', 'why, for those who look later')
    .option('--dry-run', 'only show what would come of it; the bot joins the room of the list')
    .action(async (target: string, options: SubscribeOptions) => {
      const [{ subscribed }, { describeSubscribed }] = await Promise.all([
        import('../list-answers.ts'),
        import('../list-text.ts'),
      ]);
      await askLists(io, options, {
        ...{ method: 'POST', path: 'subscribe', body: bodyOf(target, options), answer: subscribed },
        describe: (answer) =>
          describeSubscribed(answer, { isDryRun: options.dryRun === true, isOff: options.trust === 'off' }),
      });
    });
}

function bodyOf(target: string, options: SubscribeOptions): object {
  const { trust, limit, name, exemptUsers, exemptServers, via = [], note, dryRun } = options;
  const exempt = {
    ...(exemptUsers === undefined ? {} : { users: named(exemptUsers) }),
    ...(exemptServers === undefined ? {} : { servers: named(exemptServers) }),
  };
  const subscription = {
    ...(trust === undefined ? {} : { trust }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(name === undefined ? {} : { name }),
    ...(Object.keys(exempt).length === 0 ? {} : { exempt }),
  };
  return {
    ...{ target, via, scope: requiredScope(options), subscription, dry_run: dryRun === true },
    ...(note === undefined ? {} : { note }),
  };
}

/** An empty text alone takes all of them back. */
function named(globs: readonly string[]): readonly string[] {
  return globs.length === 1 && globs[0] === '' ? [] : globs;
}
