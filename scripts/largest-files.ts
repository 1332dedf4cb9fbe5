// Prints the ten largest source files by lines: where a second idea may have moved in.

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const sizes = globSync('{src,tests,scripts,bench}/**/*.{ts,js,mjs,py}', { cwd: root, exclude: ['**/node_modules/**'] })
  .map((file) => ({ file, lines: readFileSync(path.join(root, file), 'utf8').split('\n').length - 1 }))
  .toSorted((left, right) => right.lines - left.lines || left.file.localeCompare(right.file));

console.log('largest files:');
for (const { file, lines } of sizes.slice(0, 10)) console.log(`${String(lines).padStart(6)}  ${file}`);
