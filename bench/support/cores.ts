/** Pins processes to cores, where the system can. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** A command line that runs on one core alone. */
export function pinned(core: number, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return canPin ? ['taskset', '-c', String(core), ...command] : command;
}

/** Moves this process, with all of its threads, to one core. */
export function pinThisProcess(core: number): void {
  if (canPin) spawnSync('taskset', ['-acp', String(core), String(process.pid)]);
}
