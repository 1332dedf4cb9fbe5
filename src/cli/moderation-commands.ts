/** The commands for moderators, in the order of the help. */
import type { Command } from 'commander';
import { group } from './command-group.ts';
import type { CommandIo } from './command-io.ts';
import { actions } from './commands/actions.ts';
import { lockdownOn, lockdownSlow } from './commands/lockdown-begin.ts';
import { lockdownList } from './commands/lockdown-list.ts';
import { lockdownOff } from './commands/lockdown-off.ts';
import { precedentsEnd } from './commands/precedents-end.ts';
import { precedentsList } from './commands/precedents-list.ts';
import { queueAppeal } from './commands/queue-appeal.ts';
import { queueClaim, queueRelease } from './commands/queue-claim.ts';
import { queueDecide } from './commands/queue-decide.ts';
import { queueList } from './commands/queue-list.ts';
import { queueShow } from './commands/queue-show.ts';
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
