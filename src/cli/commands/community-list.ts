/** `gatehouse community list` */
import type { Command } from 'commander';
import { printSettings } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';

export function communityList(io: CommandIo): Command {
  return ownerCommand('list', 'list the communities').action(async (options: OwnerOptions) => {
    const answers = await import('../settings-answers.ts');
    const { describeCommunities } = await import('../settings-text.ts');
    await printSettings(io, options, {
      ...{ method: 'GET', path: 'communities', answer: answers.communityList },
      describe: ({ communities }) => describeCommunities(communities),
    });
  });
}
