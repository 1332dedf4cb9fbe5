import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '../../..');

/** Folders of the search path that belong to the machine and not to this clone. */
const machinePath = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .filter((folder) => folder !== '' && !folder.endsWith(path.join('node_modules', '.bin')));

/** A folder that is removed at the end of the block. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'gatehouse-house-')));
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The environment of someone who has just opened a terminal, with `folders` first in the search path. */
export function plainEnvironment(...folders: readonly string[]): NodeJS.ProcessEnv {
  const ours =
    /^(npm_(?!config_)|npm_config_(local_prefix|prefix)$|NODE_(ENV|OPTIONS|PATH|TEST_CONTEXT)$|INIT_CWD$|GATEHOUSE_|CI$)/u;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(kept), PATH: [...folders, ...machinePath].join(path.delimiter) };
}

/** The machine's own Node where it is older than 24: what most people have. */
export function olderNode(): string | undefined {
  return machinePath.map((folder) => path.join(folder, 'node')).find((file) => existsSync(file) && major(file) < 24);
}

/** The folder of the Node that runs this test. */
export const runtimeFolder = path.dirname(process.execPath);

/** Copies what git would commit, changes that wait for a commit included: a clone of the working tree. */
export function copyClone(target: string): void {
  const listing = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const files = execFileSync('git', listing, { cwd: repository, encoding: 'utf8' }).split('\0');
  for (const file of files) {
    const source = path.join(repository, file);
    if (file !== '' && existsSync(source)) cpSync(source, path.join(target, file));
  }
}

function major(node: string): number {
  return Number(/^v(\d+)/u.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]);
}
