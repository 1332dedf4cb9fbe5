/** Files that a person names, read in one way: their text, or in words what is wrong with them. */
import { readFileSync } from 'node:fs';
import { systemCode } from './start-error.ts';

export type GivenFile =
  | { readonly ok: true; readonly text: string }
  /** To stand behind the name of the file. */
  | { readonly ok: false; readonly problem: FileProblem };

export interface FileProblem {
  readonly what: string;
  /** What the person may do about it. */
  readonly remedy: string;
}

const MIB = 1024 * 1024;

const PROBLEMS: ReadonlyMap<string, FileProblem> = new Map([
  ['ENOENT', { what: 'there is no such file', remedy: 'correct the name, or make the file' }],
  ['ENOTDIR', { what: 'there is no such file', remedy: 'a part of its path is no folder: correct the name' }],
  ['EISDIR', { what: 'is a folder, not a file', remedy: 'name a file in it' }],
  ['EACCES', { what: 'this user may not read it', remedy: 'change its permissions, or be a user who may' }],
  ['EPERM', { what: 'this user may not read it', remedy: 'change its permissions, or be a user who may' }],
  ['ELOOP', { what: 'its links lead in a circle', remedy: 'correct the name' }],
  ['ENAMETOOLONG', { what: 'no file has such a long name', remedy: 'correct the name' }],
]);

/** Reads UTF-8 text of at most so many MiB. */
export function readGivenFile(path: string, mostMib: number): GivenFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return { ok: false, problem: fileProblem(error) };
  }
  if (bytes.length > mostMib * MIB) {
    return { ok: false, problem: { what: `is larger than ${String(mostMib)} MiB`, remedy: 'is it the right file?' } };
  }
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, problem: { what: 'is not valid UTF-8', remedy: 'save it as UTF-8 text' } };
  }
}

/** In the words of people what the system says. */
export function fileProblem(error: unknown): FileProblem {
  const code = systemCode(error);
  return (
    PROBLEMS.get(code ?? '') ?? {
      what: `cannot be read (${code ?? 'unknown error'})`,
      remedy: 'look at the disk that it is on',
    }
  );
}

export function sentenceOf({ what, remedy }: FileProblem): string {
  return `${what}; ${remedy}`;
}
