/** The configuration that a command works with, found the same way by all of them. */
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig, type ConfigSource } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { CommandFailure, printError, type CommandIo } from './command-io.ts';

export interface ConfigOption {
  readonly config?: string;
}

/** Tells every mistake on standard error, then throws a `CommandFailure` without a message. */
export function configured(io: CommandIo, options: ConfigOption): { config: Config; source: ConfigSource } {
  const result = loadConfig({ file: options.config, env: io.env, cwd: io.cwd });
  if (result.ok) return result;
  for (const error of result.errors) printError(io, formatConfigError(error));
  throw new CommandFailure('');
}
