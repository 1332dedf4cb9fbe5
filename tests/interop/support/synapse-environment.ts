import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;

/** The repository's root, where `bin/gatehouse` is. */
export const repositoryRoot = path.resolve(here, '../../..');

/** A Python in which Synapse can be imported, or why there is none: tests then skip and print the reason. */
export type SynapseEnvironment = { ok: true; python: string } | { ok: false; skip: string };

let prepared: Promise<SynapseEnvironment> | undefined;

/**
 * Installs Synapse into a cached virtual environment unless that has been done. Processes that ask at once wait for
 * one another. With `GATEHOUSE_INTEROP=required` a missing environment is an error: set it where a skipped test must
 * not look like a passed one.
 */
export function prepareSynapseEnvironment(): Promise<SynapseEnvironment> {
  prepared ??= prepare();
  return prepared;
}

async function prepare(): Promise<SynapseEnvironment> {
  const environment = await install();
  if (!environment.ok && process.env['GATEHOUSE_INTEROP'] === 'required') {
    throw new Error(`the interop tests are required but cannot run: ${environment.skip}`);
  }
  return environment;
}

async function install(): Promise<SynapseEnvironment> {
  if (process.env['GATEHOUSE_INTEROP'] === 'off') return { ok: false, skip: 'GATEHOUSE_INTEROP is off' };
  const folder = process.env['GATEHOUSE_INTEROP_CACHE'] ?? path.join(repositoryRoot, '.cache', 'interop');
  const script = path.join(here, 'install-synapse.py');
  const requirements = path.join(here, '..', 'requirements.txt');
  try {
    const { stdout } = await run('python3', [script, folder, requirements], { timeout: 10 * 60_000 });
    const answer: unknown = JSON.parse(stdout);
    if (typeof answer === 'object' && answer !== null) {
      if ('python' in answer && typeof answer.python === 'string') return { ok: true, python: answer.python };
      if ('skip' in answer && typeof answer.skip === 'string') return { ok: false, skip: answer.skip };
    }
    return { ok: false, skip: `the installer answered ${stdout}` };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { ok: false, skip: missing ? 'python3 is not installed' : `the installer failed: ${String(error)}` };
  }
}
