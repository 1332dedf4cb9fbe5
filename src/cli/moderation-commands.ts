/** The commands for moderators, in the order of the help. */
import type { Command } from 'commander';
import { group } from './command-group.ts';
import type { CommandIo } from './command-io.ts';
import { actions } from './commands/actions.ts';
import { lockdownList, lockdownOff, lockdownOn, lockdownSlow } from './commands/lockdown.ts';
import { precedentsEnd, precedentsList } from './commands/precedents.ts';
import { queueAppeal, queueClaim, queueDecide, queueList, queueRelease, queueShow } from './commands/queue.ts';
import { verdict } from './commands/verdict.ts';

export function moderationCommands(io: CommandIo): readonly Command[] {
  return [
    verdict(io),
    group('queue', 'flagged events and appeals', [
      ...[queueList(io), queueShow(io), queueClaim(io), queueRelease(io), queueDecide(io), queueAppeal(io)],
    ]),
    group('precedents', 'decisions about content that is sent again', [precedentsList(io), precedentsEnd(io)]),
    group('lockdown', 'close rooms, or slow them down, for a time', [
      ...[lockdownOn(io), lockdownSlow(io), lockdownOff(io), lockdownList(io)],
    ]),
    actions(io),
  ];
}
