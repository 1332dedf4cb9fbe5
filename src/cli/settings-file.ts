/** Rules and settings from files, in YAML or JSON; `-` is standard input. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseDocument } from 'yaml';
import { CommandFailure, type CommandIo } from './command-io.ts';

export async function readSettingsFile(io: CommandIo, file: string): Promise<object> {
  const content = await contentOf(io, file);
  const document = parseDocument(content, { prettyErrors: true, stringKeys: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) throw new CommandFailure(`${file}: ${problem.message.split('\n', 1)[0] ?? ''}`);
  const value: unknown = document.toJS({ maxAliasCount: 50 });
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CommandFailure(`${file}: expected keys and values`);
}

async function contentOf(io: CommandIo, file: string): Promise<string> {
  if (file === '-') return await text(io.stdin);
  try {
    return await readFile(path.resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new CommandFailure(error instanceof Error ? error.message : `${file} cannot be read`);
  }
}
