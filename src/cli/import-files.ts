/** What a configuration of policyserv only refers to, from files: keyword templates, and servers that are trusted. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileProblem, readGivenFile, sentenceOf } from '../config/given-file.ts';
import { trustedServersIn, type TrustedServers } from '../policy/import/trusted-servers.ts';
import { isJsonObject, ownString, parseJson } from '../protocol/json.ts';
import { CommandFailure, type CommandIo } from './command-io.ts';

const MOST_MIB = 1;
const MOST_TEMPLATES = 1_000;

/** By name: files `NAME` and `NAME.tmpl` hold the text, `NAME.json` what policyserv answers about it. */
export function readTemplates(io: CommandIo, folder: string): ReadonlyMap<string, string> {
  const files = filesIn(io, folder);
  if (files.length > MOST_TEMPLATES) {
    throw new CommandFailure(`${folder}: has more than ${String(MOST_TEMPLATES)} files; is it the right folder?`);
  }
  const templates = new Map<string, string>();
  for (const file of files) {
    const text = textOf(io, path.join(folder, file));
    const answered = file.endsWith('.json') ? bodyIn(text) : undefined;
    if (file.endsWith('.json') && answered === undefined) {
      throw new CommandFailure(
        `${path.join(folder, file)}: expected JSON with "name" and "body", as policyserv answers`,
      );
    }
    const { name, body } = answered ?? { name: file.replace(/\.tmpl$/, ''), body: text };
    templates.set(name, body);
  }
  return templates;
}

export function readTrustedServers(io: CommandIo, file: string): TrustedServers {
  const found = trustedServersIn(textOf(io, file));
  if (found !== undefined) return found;
  throw new CommandFailure(`${file}: expected one server name a line, or the member directory of Muninn Hall as JSON`);
}

function filesIn({ cwd }: CommandIo, folder: string): readonly string[] {
  try {
    const entries = readdirSync(path.resolve(cwd, folder), { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  } catch (error) {
    throw new CommandFailure(`${folder}: ${sentenceOf(fileProblem(error))}`);
  }
}

function textOf({ cwd }: CommandIo, file: string): string {
  const read = readGivenFile(path.resolve(cwd, file), MOST_MIB);
  if (read.ok) return read.text;
  throw new CommandFailure(`${file}: ${sentenceOf(read.problem)}`);
}

function bodyIn(text: string): { readonly name: string; readonly body: string } | undefined {
  const json = parseJson(text);
  if (!json.ok || !isJsonObject(json.value)) return undefined;
  const [name, body] = [ownString(json.value, 'name'), ownString(json.value, 'body')];
  return name === undefined || body === undefined ? undefined : { name, body };
}
