/** Runs every benchmark of this folder, one after another: `npm run bench`, or some: `npm run bench -- sign protocol`. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== path.basename(import.meta.filename))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark named ${unknown.join(', ')}; there are ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  for (const name of wanted.length > 0 ? wanted : names) {
    console.log(`\n== ${name}\n`);
    const run = spawnSync(process.execPath, [path.join(import.meta.dirname, `${name}.ts`), ...options], {
      stdio: 'inherit',
    });
    if (run.status !== 0) process.exitCode = 1;
  }
}
