import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a finished child process left behind; `code` is null when a signal or the time limit ended it. */
export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
  readonly milliseconds: number;
}

const running = new Set<number>();

/** Runs a program to its end, standard output and error together; the whole process group dies at the time limit. */
export async function runCommand(
  command: readonly string[],
  options: { readonly timeLimit: number; readonly env?: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  const [program = '', ...programArguments] = command;
  const began = performance.now();
  const chunks: Buffer[] = [];
  const child = spawn(program, programArguments, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
  });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const timer = setTimeout(() => {
    chunks.push(Buffer.from(`\nstopped: took longer than ${options.timeLimit / 60_000} minutes\n`));
    killGroup(pid);
  }, options.timeLimit);
  try {
    await once(child, 'close');
  } catch (error) {
    chunks.push(Buffer.from(`cannot run ${program}: ${String(error)}\n`));
  } finally {
    clearTimeout(timer);
    if (pid !== undefined) running.delete(pid);
  }
  const output = Buffer.concat(chunks).toString();
  return { code: child.exitCode, output, milliseconds: performance.now() - began };
}

/** Ends every command that still runs: called when verify itself is told to stop. */
export function stopCommands(): void {
  for (const pid of running) killGroup(pid);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
