/** `gatehouse community create` */
import type { Command } from 'commander';
import { printSettings, said, type ChangeOptions } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { changing, ownerCommand } from '../options.ts';

interface CreateOptions extends ChangeOptions {
  readonly name?: string;
  readonly description?: string;
  readonly preset?: string;
  readonly room?: readonly string[];
  readonly space?: readonly string[];
}

export function communityCreate(io: CommandIo): Command {
  return changing(ownerCommand('create', 'make a community'))
    .argument('<community>', 'its id, which never changes: a-z, 0-9, _ and -')
    .option('--name <name>', 'what people call it (default: the id)')
    .option('--description <text>', 'what it is')
    .option('--preset <name>', 'rules to begin with (gatehouse rules preset lists them)')
    .option('--room <ids...>', 'its rooms')
    .option('--space <ids...>', 'spaces with settings of their own')
    .action(async (id: string, options: CreateOptions) => {
      const { changeAnswer } = await import('../settings-answers.ts');
      const { describeChange } = await import('../settings-text.ts');
      const { name = id, description, preset, room = [], space = [] } = options;
      const settings = {
        ...{ name, rooms: room, spaces: space },
        ...(description === undefined ? {} : { description }),
        ...(preset === undefined ? {} : { preset }),
      };
      const body = { id, settings, ...said(options) };
      await printSettings(io, options, {
        ...{ method: 'POST', path: 'communities', body, answer: changeAnswer },
        describe: describeChange,
      });
    });
}
