import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const running = new Set<ChildProcess>();
let watching = false;

/** A child whose whole process group ends with this process, whatever ends this process except SIGKILL. */
export interface TestChild {
  readonly pid: number;
  /** Settles once the process is gone. */
  readonly exited: Promise<void>;
  hasExited(): boolean;
  /** Everything it has written to stdout and stderr so far. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Asks with SIGTERM, insists with SIGKILL after `patience` milliseconds, waits for the end. Returns the exit code. */
  stop(patience?: number): Promise<number | null>;
}

export interface ChildOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  /** stdout and stderr are appended to this file. */
  logFile: string;
  env?: Readonly<Record<string, string>>;
}

/** Starts a process in a group of its own. */
export function startChild(options: ChildOptions): TestChild {
  watchForOurEnd();
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
  });
  closeSync(log);
  running.add(child);
  const exited = once(child, 'exit').then(
    () => void running.delete(child),
    () => void running.delete(child),
  );
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  return {
    pid: child.pid ?? 0,
    exited,
    hasExited,
    output: () => readFileSync(options.logFile, 'utf8'),
    signal: (name) => {
      if (!hasExited()) child.kill(name);
    },
    stop: async (patience = 15_000) => {
      if (!hasExited()) {
        child.kill('SIGTERM');
        const insist = setTimeout(() => {
          killGroup(child);
        }, patience);
        await exited;
        clearTimeout(insist);
      }
      return child.exitCode;
    },
  };
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

function watchForOurEnd(): void {
  if (watching) return;
  watching = true;
  const killAll = (): void => {
    for (const child of running) killGroup(child);
  };
  process.on('exit', killAll);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      killAll();
      process.exit(1);
    });
  }
}

const firstPort = 20_000;
const lastPort = 32_000;

/**
 * A free loopback port below the range from which the system takes the ports of outgoing connections: a server that
 * is stopped and started again finds its port still free.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort));
    if (await isFree(port)) return port;
  }
  throw new Error('no free port found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
