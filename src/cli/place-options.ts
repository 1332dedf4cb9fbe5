/** For which rooms a lockdown is: `--room ID`, `--community ID` or `--instance`. */
import type { Command } from 'commander';
import { WrongUsage } from './command-io.ts';
import { scopeGiven, type ScopeOptions } from './scope-options.ts';

export type PlaceOptions = Omit<ScopeOptions, 'space'>;

export function withPlace(command: Command): Command {
  return command
    .option('--room <id>', 'one room')
    .option('--community <id>', 'all rooms of a community')
    .option('--instance', 'all rooms of this server');
}

export function placeOf(options: PlaceOptions): string {
  const scope = scopeGiven(options);
  if (scope === undefined) throw new WrongUsage('say for which rooms: --room ID, --community ID or --instance');
  return scope;
}
