import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import { configCheck } from './commands/config-check.ts';
import { debug } from './commands/debug.ts';
import { erase } from './commands/erase.ts';
import { eventShow } from './commands/event-show.ts';
import { importPolicyservCommand } from './commands/import-policyserv.ts';
import { exportCommunity } from './commands/export.ts';
import { keysRotateServerKey } from './commands/keys-rotate-server-key.ts';
import { keysShow } from './commands/keys-show.ts';
import { listsApprove, listsReject } from './commands/lists-decide.ts';
import { listsList } from './commands/lists-list.ts';
import { listsMatch } from './commands/lists-match.ts';
import { listsOverride, listsRemoveOverride } from './commands/lists-override.ts';
import { listsPreview } from './commands/lists-preview.ts';
import { listsRules } from './commands/lists-rules.ts';
import { listsSubscribe } from './commands/lists-subscribe.ts';
import { listsUnsubscribe } from './commands/lists-unsubscribe.ts';
import { listsWaiting } from './commands/lists-waiting.ts';
import { replay } from './commands/replay.ts';
import { roomsCreate } from './commands/rooms-create.ts';
import { roomsJoin } from './commands/rooms-join.ts';
import { roomsLeave } from './commands/rooms-leave.ts';
import { roomsList } from './commands/rooms-list.ts';
import { roomsSend } from './commands/rooms-send.ts';
import { roomsShow } from './commands/rooms-show.ts';
import { roomsUpgrade } from './commands/rooms-upgrade.ts';
import { start } from './commands/start.ts';
import { tokensCreate, tokensList, tokensRevoke } from './commands/tokens.ts';
import { group } from './command-group.ts';
import { moderationCommands } from './moderation-commands.ts';
import { communityCommands, rulesCommands } from './settings-commands.ts';

/** All commands, in the order of the help. */
export function buildProgram(io: CommandIo): Command {
  const program = new Command('gatehouse')
    .description('A Matrix policy server: checks and signs the events of the rooms it protects')
    .version(versionOf(), '-V, --version', 'print the version')
    // Commands may have a --version of their own.
    .enablePositionalOptions()
    .addCommand(start(io))
    .addCommand(group('config', 'the configuration', [configCheck(io)]))
    .addCommand(group('keys', 'the keys of this server', [keysShow(io), keysRotateServerKey(io)]))
    .addCommand(
      group('rooms', 'the rooms of the bot', [
        roomsList(io),
        roomsShow(io),
        roomsCreate(io),
        roomsJoin(io),
        roomsSend(io),
        roomsUpgrade(io),
        roomsLeave(io),
      ]),
    )
    .addCommand(
      group('lists', 'policy lists: who is on them, and which are enforced', [
        listsList(io),
        listsPreview(io),
        listsSubscribe(io),
        listsUnsubscribe(io),
        listsRules(io),
        listsWaiting(io),
        listsApprove(io),
        listsReject(io),
        listsOverride(io),
        listsRemoveOverride(io),
        listsMatch(io),
      ]),
    )
    .addCommand(group('community', 'communities: rooms that share settings', communityCommands(io)))
    .addCommand(group('rules', 'the rules, in layers', rulesCommands(io)))
    .addCommand(
      group('tokens', 'who may use the admin API over the network', [
        tokensCreate(io),
        tokensList(io),
        tokensRevoke(io),
      ]),
    )
    .addCommand(group('import', 'settings of other policy servers', [importPolicyservCommand(io)]))
    .addCommand(group('event', 'the events that are stored', [eventShow(io)]));
  for (const command of moderationCommands(io)) program.addCommand(command);
  for (const command of [replay(io), erase(io), exportCommunity(io), debug(io)]) program.addCommand(command);
  prepare(program, io);
  return program;
}

/** Commander's own output and exits go through us. */
function prepare(command: Command, io: CommandIo): void {
  command
    .exitOverride()
    .showHelpAfterError('(--help explains)')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'gatehouse: ')),
    });
  for (const inner of command.commands) prepare(inner, io);
}

/** In a clone and in the package, package.json is two folders up. */
function versionOf(): string {
  const content: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const isPackage = typeof content === 'object' && content !== null && 'version' in content;
  return isPackage && typeof content.version === 'string' ? content.version : 'unknown';
}
