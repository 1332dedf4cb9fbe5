/** The files that `remote_checks` names: tokens, and lists of hashes. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileProblem } from './given-file.ts';
import type { RemoteCheckConfig } from './remote-checks.ts';
import { StartError } from './start-error.ts';

export interface RemoteFiles {
  readonly token: string | undefined;
  /** Hexadecimal SHA-256 of files. */
  readonly ownList: readonly string[];
  /** What should be put right, in sentences. */
  readonly warnings: readonly string[];
}

const MAX_TOKEN_LENGTH = 4000;

/** Reads what the settings of one endpoint name, which are absolute paths. Throws a `StartError`. */
export function readRemoteFiles(name: string, settings: RemoteCheckConfig): RemoteFiles {
  const { token_file: tokenFile, sha256_file: listFile } = settings;
  const warnings: string[] = [];
  let { token } = settings;
  if (tokenFile !== undefined) {
    token = readText(name, tokenFile).trim();
    if (!/^[\x21-\x7e]+$/.test(token) || token.length > MAX_TOKEN_LENGTH) {
      throw new StartError(`${tokenFile} (remote_checks.${name}.token_file) does not hold one token and nothing else`);
    }
    if (isOpenToOthers(tokenFile)) warnings.push(`${tokenFile} holds a secret and is open to other users`);
  }
  const listed = listFile === undefined ? [] : readList(name, listFile);
  return { token, ownList: [...(settings.sha256 ?? []), ...listed], warnings };
}

export function withAbsoluteFiles(settings: RemoteCheckConfig, folder: string): RemoteCheckConfig {
  const { token_file: tokenFile, sha256_file: listFile } = settings;
  return {
    ...settings,
    ...(tokenFile === undefined ? {} : { token_file: path.resolve(folder, tokenFile) }),
    ...(listFile === undefined ? {} : { sha256_file: path.resolve(folder, listFile) }),
  };
}

/** Empty lines and what stands behind a `#` do not count. */
function readList(name: string, file: string): string[] {
  const lines = readText(name, file).split('\n');
  return lines.flatMap((line, index) => {
    const text = line.replace(/#.*$/, '').trim();
    if (text === '') return [];
    if (/^[0-9a-fA-F]{64}$/.test(text)) return [text];
    throw new StartError(
      `${file}:${String(index + 1)} (remote_checks.${name}.sha256_file) is no SHA-256 of 64 hexadecimal digits`,
    );
  });
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { what, remedy } = fileProblem(error);
    throw new StartError(`${file}, which remote_checks.${name} names: ${what}; ${remedy}`, { cause: error });
  }
}

function isOpenToOthers(file: string): boolean {
  return process.platform !== 'win32' && (statSync(file).mode & 0o007) !== 0;
}
