import { existsSync, globSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

interface PartOptions {
  readonly name: string;
  readonly summary: string;
  readonly minutes: number;
  /** Runs with nothing beside it, because it measures time or needs the whole machine. */
  readonly alone?: true;
}

/** A command whose exit code is the verdict: counts as one check. */
export interface CheckPart extends PartOptions {
  readonly type: 'check';
  readonly command: readonly string[];
}

/** Test files for node:test: every test counts. */
export interface TestPart extends PartOptions {
  readonly type: 'tests';
  readonly files: readonly string[];
  readonly concurrency: number;
  /** Where CI=true, a skipped test fails the part unless the Python package registry is out of reach. */
  readonly skipsNeedRegistry?: true;
}

export type Part = CheckPart | TestPart;

function tool(packageName: string, script: string): string {
  return path.join(root, 'node_modules', packageName, script);
}

function check(name: string, summary: string, command: readonly string[]): CheckPart {
  return { type: 'check', name, summary, minutes: 5, command: [process.execPath, ...command] };
}

function tests(name: string, summary: string, pattern: string, options: Partial<TestPart> = {}): TestPart {
  const files = globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }).toSorted();
  return { type: 'tests', name, summary, minutes: 10, files, concurrency: 2, ...options };
}

/** Everything CI runs. The long ones come first, so that the short ones fill the time beside them. */
export const parts: readonly Part[] = [
  check('lint', 'eslint', [tool('eslint', 'bin/eslint.js'), '.', '--max-warnings=0']),
  check('types', 'tsc --noEmit', [tool('typescript', 'bin/tsc'), '--noEmit', '--pretty', 'false']),
  check('format', 'prettier --check', [tool('prettier', 'bin/prettier.cjs'), '--check', '--log-level=warn', '.']),
  check('graph', 'dependency-cruiser', [
    tool('dependency-cruiser', 'bin/dependency-cruise.mjs'),
    ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long'],
    ...['src', 'tests', 'bench', 'scripts'].filter((folder) => existsSync(path.join(root, folder))),
  ]),
  check('spec', 'SPEC.md against files, tests and routes', ['scripts/check-spec.ts']),
  check('docs', 'generated reference is current', ['scripts/docs.ts', '--check']),
  tests('unit', 'src/**/*.test.ts', 'src/**/*.test.ts'),
  tests('corpus', 'tests/corpus: ham and spam through the presets', 'tests/corpus/**/*.test.ts'),
  tests('contract', 'tests/contract', 'tests/contract/**/*.test.ts'),
  tests('federation', 'tests/federation', 'tests/federation/**/*.test.ts'),
  tests('interop', 'tests/interop, against a real Synapse', 'tests/interop/**/*.test.ts', {
    alone: true,
    concurrency: 1,
    minutes: 14,
    skipsNeedRegistry: true,
  }),
  tests('house', 'tests/house: fresh clone, package, executable', 'tests/house/**/*.test.ts', {
    alone: true,
    concurrency: 1,
  }),
];
