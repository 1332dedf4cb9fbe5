/** `gatehouse lists preview`: whom a list would be about, without subscribing to it. */
import type { Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { scopeGiven, withScope, type ScopeOptions } from '../scope-options.ts';

interface PreviewOptions extends OwnerOptions, ScopeOptions {
  readonly via?: readonly string[];
  readonly limit?: string;
}

export function listsPreview(io: CommandIo): Command {
  return withScope(ownerCommand('preview', 'show whom the rules of a policy list are about; the bot joins its room'))
    .argument('<list>', 'room id or alias of the list')
    .option('--via <servers...>', 'servers to join through')
    .option('--limit <people>', 'rules about more people would wait for a human')
    .action(async (target: string, options: PreviewOptions) => {
      const [{ preview }, { describePreview }] = await Promise.all([
        import('../list-answers.ts'),
        import('../list-text.ts'),
      ]);
      const body = {
        ...{ target, via: options.via ?? [], scope: scopeGiven(options) ?? 'instance' },
        ...(options.limit === undefined ? {} : { limit: Number(options.limit) }),
      };
      await askLists(io, options, {
        ...{ method: 'POST', path: 'preview', body, answer: preview, describe: describePreview },
      });
    });
}
