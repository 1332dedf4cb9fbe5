/** For which rooms a command is: `--instance`, `--community ID`, `--space ID` or `--room ID`. */
import type { Command } from 'commander';
import { WrongUsage } from './command-io.ts';

export interface ScopeOptions {
  readonly instance?: true;
  readonly community?: string;
  readonly space?: string;
  readonly room?: string;
}

export const SCOPE_WANTED = 'say for which rooms: --community ID, --space ID, --room ID or --instance';

export function withScope(command: Command): Command {
  return command
    .option('--community <id>', 'for a community')
    .option('--space <id>', 'for the rooms of a community that are in a space')
    .option('--room <id>', 'for one room')
    .option('--instance', 'for all rooms of this server');
}

/** As the admin API names it; `undefined` where the command does not say. */
export function scopeGiven({ instance, community, space, room }: ScopeOptions): string | undefined {
  const given = [
    ...(instance === true ? ['instance'] : []),
    ...(community === undefined ? [] : [`community/${community}`]),
    ...(space === undefined ? [] : [`space/${space}`]),
    ...(room === undefined ? [] : [`room/${room}`]),
  ];
  if (given.length > 1) throw new WrongUsage('give one of --community, --space, --room and --instance');
  return given[0];
}

export function requiredScope(options: ScopeOptions): string {
  const scope = scopeGiven(options);
  if (scope === undefined) throw new WrongUsage(SCOPE_WANTED);
  return scope;
}
