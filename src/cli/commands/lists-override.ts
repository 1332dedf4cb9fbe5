/** `gatehouse lists override` and `gatehouse lists remove-override`: single rules of a list. */
import { Argument, type Command } from 'commander';
import { askLists } from '../ask-lists.ts';
import type { ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';
import { tried } from '../owner-options.ts';
import { requiredScope, withScope, type ScopeOptions } from '../scope-options.ts';

type Options = ChangeOptions & ScopeOptions;

export function listsOverride(io: CommandIo): Command {
  return overrideCommand('override', 'treat a single rule of a policy list otherwise than the list')
    .addArgument(
      new Argument('<how>', 'none: as the list says, whatever farther layers say').choices([
        ...['ignore', 'enforce', 'flag', 'none'],
      ]),
    )
    .action(async (list: string, rule: string, how: string, options: Options) => {
      await ask(io, options, { list, rule, override: how });
    });
}

export function listsRemoveOverride(io: CommandIo): Command {
  const description = 'take back what a layer says of a single rule of a policy list; farther layers count again';
  return overrideCommand('remove-override', description).action(
    async (list: string, rule: string, options: Options) => {
      await ask(io, options, { list, rule, override: null });
    },
  );
}

function overrideCommand(name: string, description: string): Command {
  return withScope(changing(ownerCommand(name, description)))
    .argument('<list>', 'room id of the list')
    .argument('<rule>', 'entity of the rule, or its event id');
}

async function ask(io: CommandIo, options: Options, wanted: object): Promise<void> {
  const [{ overriddenRule }, { describeRuleOverride }] = await Promise.all([
    import('../list-answers.ts'),
    import('../list-text.ts'),
  ]);
  const body = { ...wanted, scope: requiredScope(options), note: options.note, ...tried(options) };
  await askLists(io, options, {
    ...{ method: 'POST', path: 'overrides', body, answer: overriddenRule, describe: describeRuleOverride },
  });
}
