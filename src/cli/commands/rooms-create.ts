/** `gatehouse rooms create` */
import type { Command } from 'commander';
import { CommandFailure, printJson, printLine, type CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

interface CreateOptions extends OwnerOptions {
  readonly version?: string;
  readonly name?: string;
  readonly alias?: string;
  readonly public?: true;
  readonly invite?: readonly string[];
  readonly policy: boolean;
}

export function roomsCreate(io: CommandIo): Command {
  return ownerCommand('create', 'create a room that this server protects')
    .option('--version <version>', 'room version (default: 12)')
    .option('--name <name>', 'name of the room')
    .option('--alias <alias>', 'alias on this server, with or without # and server name')
    .option('--public', 'open to everybody and listed in the directory')
    .option('--invite <users...>', 'user ids to invite')
    .option('--no-policy', 'without naming this server as its policy server')
    .action(async (options: CreateOptions) => {
      const { configured } = await import('../configured.ts');
      const dataDir = configured(io, options).config.data_dir;
      const [{ askOwner }, { createAnswer }, { printable }] = await Promise.all([
        import('../owner-client.ts'),
        import('../owner-answers.ts'),
        import('../table.ts'),
      ]);
      const answer = await askOwner({
        ...{ dataDir, method: 'POST', path: 'rooms', answer: createAnswer },
        body: bodyOf(options),
      });
      if (options.json === true) printJson(io, answer);
      switch (answer.type) {
        case 'aliasTaken':
          throw new CommandFailure(`${answer.alias} is the alias of another room`);
        case 'unsupportedRoomVersion':
          throw new CommandFailure(`there is no room version ${answer.room_version}`);
        case 'refused':
          throw new CommandFailure(`the room was not created: ${printable(answer.reason)}`);
        case 'created':
          break;
      }
      const failed = answer.invites.filter((invite) => invite.failed !== undefined);
      if (options.json !== true) {
        printLine(io, `Created ${answer.room_id}${answer.alias === undefined ? '' : `, ${answer.alias}`}.`);
      }
      if (failed.length > 0) {
        const list = failed.map((invite) => printable(`${invite.user_id} (${invite.failed ?? ''})`));
        throw new CommandFailure(`not invited: ${list.join('; ')}`);
      }
    });
}

function bodyOf(options: CreateOptions): object {
  return {
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.alias === undefined ? {} : { alias: options.alias }),
    public: options.public === true,
    invite: options.invite ?? [],
    policy: options.policy,
  };
}
