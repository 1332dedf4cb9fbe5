/**
 * Runs every benchmark of this folder, one after another: `npm run bench`, or some: `npm run bench -- storage protocol`.
 * What follows the name of a single one goes to it: `npm run bench -- sign --rounds 1`.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

/** A benchmark that takes longer than this is ended and counts as failed. */
const MAX_MINUTES = 10;

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== path.basename(import.meta.filename))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

function run(name: string, options: readonly string[]): boolean {
  console.log(`\n== ${name}\n`);
  const start = performance.now();
  const file = path.join(import.meta.dirname, `${name}.ts`);
  const result = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit', timeout: MAX_MINUTES * 60_000 });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const isDone = result.status === 0;
  const end = result.signal === null ? `status ${String(result.status)}` : `ended by ${result.signal}`;
  console.log(`\n${name} took ${seconds} s${isDone ? '' : `, FAILED: ${end}`}`);
  return isDone;
}

const [first, ...rest] = process.argv.slice(2);
const options = rest.length > 0 && rest[0]?.startsWith('--') === true ? rest : [];
const wanted = options.length > 0 && first !== undefined ? [first] : process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark named ${unknown.join(', ')}; there are ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  const failed = (wanted.length > 0 ? wanted : names).filter((name) => !run(name, options));
  if (failed.length > 0) {
    console.log(`\nfailed: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
}
