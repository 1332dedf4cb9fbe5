/** Rules and settings from files, in YAML or JSON; `-` is standard input. */
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseDocument, type Document } from 'yaml';
import { readGivenFile, sentenceOf } from '../config/given-file.ts';
import { CommandFailure, type CommandIo } from './command-io.ts';

/** As much as the server takes. */
const MOST_MIB = 8;

export async function readSettingsFile(io: CommandIo, file: string): Promise<object> {
  const content = await contentOf(io, file);
  const document = parseDocument(content, { prettyErrors: true, stringKeys: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) throw new CommandFailure(`${file}: ${problem.message.split('\n', 1)[0] ?? ''}`);
  const value = plainValue(file, document);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CommandFailure(`${file}: expected keys and values`);
}

function plainValue(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    throw new CommandFailure(`${file}: ${error instanceof Error ? error.message : 'cannot be read as YAML'}`);
  }
}

async function contentOf(io: CommandIo, file: string): Promise<string> {
  if (file === '-') return await text(io.stdin);
  const read = readGivenFile(path.resolve(io.cwd, file), MOST_MIB);
  if (read.ok) return read.text;
  throw new CommandFailure(`${file}: ${sentenceOf(read.problem)}`);
}
