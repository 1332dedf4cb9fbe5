// Compiles src/ to dist/ and copies what is no TypeScript: the content of the package that `npm pack` makes.

import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const source = path.join(root, 'src');
const compiled = path.join(root, 'dist');

rmSync(compiled, { recursive: true, force: true });
const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
// Standard output of `npm pack` is the name of the file it made: messages go to standard error.
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
if (status === 0) cpSync(source, compiled, { recursive: true, filter: isAsset });
process.exitCode = status ?? 1;

function isAsset(file: string): boolean {
  return !/\.(ts|md)$/u.test(file);
}
