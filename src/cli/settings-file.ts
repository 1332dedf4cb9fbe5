/** Rules and settings from files, in YAML or JSON; `-` is standard input. */
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { readGivenFile, sentenceOf } from '../config/given-file.ts';
import { readYaml, type YamlProblem } from '../config/yaml-text.ts';
import { CommandFailure, type CommandIo } from './command-io.ts';

/** As much as the server takes. */
const MOST_MIB = 8;

export async function readSettingsFile(io: CommandIo, file: string): Promise<object> {
  const content = await contentOf(io, file);
  const read = readYaml(content);
  if (!read.ok) throw new CommandFailure(read.problems.map((problem) => lineOf(file, problem)).join('\n'));
  const { value } = read;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CommandFailure(`${file}: expected keys and values`);
}

function lineOf(file: string, { line, message }: YamlProblem): string {
  return `${file}${line === undefined ? '' : `:${String(line)}`}: ${message}`;
}

async function contentOf(io: CommandIo, file: string): Promise<string> {
  if (file === '-') return await text(io.stdin);
  const read = readGivenFile(path.resolve(io.cwd, file), MOST_MIB);
  if (read.ok) return read.text;
  throw new CommandFailure(`${file}: ${sentenceOf(read.problem)}`);
}
