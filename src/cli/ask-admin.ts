/** What the commands for moderators share: one question to the running server, JSON or text for people. */
import type { ZodType } from 'zod';
import { CommandFailure, printJson, printLine, type CommandIo } from './command-io.ts';
import type { OwnerOptions } from './owner-options.ts';

interface AdminQuestion<T> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  readonly answer: ZodType<T>;
  readonly describe: (answer: T) => string;
  /** Of what was asked for something was not done: the exit code says so. */
  readonly hasFailed?: (answer: T) => boolean;
}

export async function askAdmin<T>(io: CommandIo, options: OwnerOptions, question: AdminQuestion<T>): Promise<void> {
  const { configured } = await import('./configured.ts');
  const { askOwner } = await import('./owner-client.ts');
  const { method, path, query = {}, body, answer, describe, hasFailed } = question;
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  const result = await askOwner({
    ...{ dataDir: configured(io, options).config.data_dir, method, answer, asWritten: true },
    path: given.size === 0 ? path : `${path}?${given.toString()}`,
    ...(body === undefined ? {} : { body }),
  });
  if (options.json === true) printJson(io, result);
  else printLine(io, describe(result));
  if (hasFailed?.(result) === true) throw new CommandFailure('');
}
