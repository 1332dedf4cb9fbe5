/** What the commands about policy lists share: one question to the running server, JSON or text for people. */
import type { ZodType } from 'zod';
import { printJson, printLine, type CommandIo } from './command-io.ts';
import type { OwnerOptions } from './owner-options.ts';

interface ListsRequest<T> {
  readonly method: 'GET' | 'POST';
  /** Below `lists`. */
  readonly path?: string;
  readonly body?: object;
  readonly answer: ZodType<T>;
  readonly describe: (answer: T) => string;
}

export async function askLists<T>(io: CommandIo, options: OwnerOptions, request: ListsRequest<T>): Promise<void> {
  const { configured } = await import('./configured.ts');
  const { askOwner } = await import('./owner-client.ts');
  const { method, path, body, answer, describe } = request;
  const result = await askOwner({
    ...{ dataDir: configured(io, options).config.data_dir, method, answer },
    path: `lists${path === undefined ? '' : `/${path}`}`,
    ...(body === undefined ? {} : { body }),
  });
  if (options.json === true) printJson(io, result);
  else printLine(io, describe(result));
}
