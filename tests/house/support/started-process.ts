import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How a process is started; `env` replaces the environment. */
export interface StartOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const running = new Set<number>();

/** A test that runs into its time limit must not leave servers behind. */
function killAll(): void {
  for (const pid of running) process.kill(-pid, 'SIGKILL');
  running.clear();
}
process.once('exit', killAll);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));

/** A child process whose output is waited for line by line; it is killed when the test that started it ends. */
export class StartedProcess implements AsyncDisposable {
  readonly lines: string[] = [];
  /** Settles with the exit code, null after a signal, once all output is read. */
  readonly ended: Promise<number | null>;
  readonly #child;
  readonly #listeners = new Set<() => void>();

  constructor(command: string, commandArguments: readonly string[], options: StartOptions) {
    const child = spawn(command, commandArguments, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.#notify();
      });
    }
    this.ended = once(child, 'close').then(() => child.exitCode);
    // A program that does not exist is reported by whoever waits.
    this.ended
      .catch(() => undefined)
      .finally(() => {
        if (pid !== undefined) running.delete(pid);
        this.#notify();
      });
  }

  /** The first line that matches; fails with all output when the process ends without one. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#hasEnded()) throw new Error(`ended without a line like ${String(pattern)}:\n${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid === undefined || this.#hasEnded()) return;
    process.kill(-this.#child.pid, 'SIGKILL');
    await this.ended;
  }

  #hasEnded(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** Runs a command to its end; fails with its output unless it exits with `code`. */
export async function run(
  command: string,
  commandArguments: readonly string[],
  options: StartOptions & { readonly code?: number },
): Promise<readonly string[]> {
  await using started = new StartedProcess(command, commandArguments, options);
  const code = await started.ended;
  if (code !== (options.code ?? 0)) {
    throw new Error(
      `${command} ${commandArguments.join(' ')} exited with ${String(code)}:\n${started.lines.join('\n')}`,
    );
  }
  return started.lines;
}
