/** What the commands about settings share: a question to the running server, and the change of one document. */
import type { ZodType } from 'zod';
import { printJson, printLine, type CommandIo } from './command-io.ts';
import type { OwnerOptions } from './owner-options.ts';

export interface SettingsRequest<T> {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly ifMatch?: number | undefined;
  readonly answer: ZodType<T>;
}

/** Options of every command that writes. */
export interface ChangeOptions extends OwnerOptions {
  readonly note?: string;
  readonly dryRun?: true;
}

export async function askSettings<T>(io: CommandIo, options: OwnerOptions, request: SettingsRequest<T>): Promise<T> {
  const { configured } = await import('./configured.ts');
  const { askOwner } = await import('./owner-client.ts');
  return await askOwner({ dataDir: configured(io, options).config.data_dir, asWritten: true, ...request });
}

/** Asks, and prints the answer as JSON or as people read it. */
export async function printSettings<T>(
  io: CommandIo,
  options: OwnerOptions,
  request: SettingsRequest<T> & { readonly describe: (answer: T) => string },
): Promise<void> {
  const { describe, ...rest } = request;
  const answer = await askSettings(io, options, rest);
  if (options.json === true) printJson(io, answer);
  else printLine(io, describe(answer));
}

/** Reads the document of a scope, changes it, and saves it where nobody was faster. */
export async function editScope(
  io: CommandIo,
  options: ChangeOptions,
  scope: string,
  edit: (document: Readonly<Record<string, unknown>>) => object,
): Promise<void> {
  const { changeAnswer, scopeSettings } = await import('./settings-answers.ts');
  const { describeChange } = await import('./settings-text.ts');
  const path = `settings/${encodeURIComponent(scope)}`;
  const current = await askSettings(io, options, { method: 'GET', path, answer: scopeSettings });
  const body = { settings: edit(current.settings), ...said(options) };
  await printSettings(io, options, {
    ...{ method: 'PUT', path, body, ifMatch: current.revision, answer: changeAnswer },
    describe: describeChange,
  });
}

export function said({ note, dryRun }: ChangeOptions): object {
  return { ...(note === undefined ? {} : { note }), ...(dryRun === true ? { dry_run: true } : {}) };
}

/** The same for requests without a body. */
export function saidInQuery({ note, dryRun }: ChangeOptions): string {
  const query = new URLSearchParams();
  if (note !== undefined) query.set('note', note);
  if (dryRun === true) query.set('dry_run', 'true');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** A section of a document as it was written; empty where there is none. */
export function sectionOf(document: Readonly<Record<string, unknown>>, key: string): ReadonlyMap<string, unknown> {
  const section = document[key];
  return new Map<string, unknown>(typeof section === 'object' && section !== null ? Object.entries(section) : []);
}
