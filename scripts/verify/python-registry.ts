import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from './parts.ts';
import { runCommand } from './run-command.ts';

const timeLimit = 60_000;

/** Asks whichever pip there is, because it knows the machine's mirror and proxy. */
export async function pythonRegistryAnswers(): Promise<boolean> {
  const cache = process.env['GATEHOUSE_INTEROP_CACHE'] ?? path.join(root, '.cache', 'interop');
  const pythons = [path.join(cache, 'venv', 'bin', 'python'), 'python3'];
  for (const python of pythons.filter((file) => file === 'python3' || existsSync(file))) {
    const hasPip = await runCommand([python, '-m', 'pip', '--version'], { timeLimit });
    if (hasPip.code !== 0) continue;
    const options = ['--no-cache-dir', '--disable-pip-version-check', '--retries', '1', '--timeout', '20'];
    const answer = await runCommand([python, '-m', 'pip', 'index', 'versions', 'pip', ...options], { timeLimit });
    return answer.code === 0;
  }
  // Without any pip nobody can tell; then a skipped test is not excused.
  return true;
}
