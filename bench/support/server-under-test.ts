/** Gatehouse as a process of its own on one core: plain HTTP as behind a proxy, SQLite in a temporary folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseServerName } from '../../src/protocol/ids/server-name.ts';
import { pinned, SERVER_CORE } from './cores.ts';
import { defined } from './defined.ts';
import type { PolicyServer } from './room-under-test.ts';

const EXECUTABLE = path.join(import.meta.dirname, '..', '..', 'bin', 'gatehouse');
const NAME = 'policy.bench.test';
/** 190 words, and ten with wildcards. */
export const WORDS: readonly string[] = Array.from({ length: 200 }, (_, i) =>
  i % 20 === 0 ? `forbidden${String(i)}*` : `forbidden${String(i)}`,
);
const TICKS_PER_SECOND = 100;

export class ServerUnderTest implements PolicyServer, AsyncDisposable {
  readonly name = defined(parseServerName(NAME));
  readonly botUserId = `@gatehouse:${NAME}`;
  readonly port: number;
  readonly address: string;
  /** Milliseconds from starting the process to its first readiness. */
  readonly startTime: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, port: number, startTime: number) {
    this.startTime = startTime;
    this.#child = child;
    this.#folder = folder;
    this.port = port;
    this.address = `http://127.0.0.1:${String(port)}`;
  }

  /** Node's options are for profiling; `prepare` puts data into the data folder before the start. */
  static async start(
    nodeOptions: readonly string[] = [],
    prepare?: (dataDir: string) => Promise<void>,
    rules: object = { filters: { words: { words: WORDS } } },
  ): Promise<ServerUnderTest> {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-bench-'));
    const configFile = path.join(folder, 'gatehouse.yaml');
    await prepare?.(path.join(folder, 'data'));
    writeFileSync(configFile, JSON.stringify(configuration(folder, rules)));
    const [command, ...args] = pinned(SERVER_CORE, [
      process.execPath,
      ...nodeOptions,
      EXECUTABLE,
      'start',
      '--config',
      configFile,
    ]);
    const spawned = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const port = await portOf(child);
    return new ServerUnderTest(child, folder, port, performance.now() - spawned);
  }

  get dataDir(): string {
    return path.join(this.#folder, 'data');
  }

  /** Resident memory in MiB; `undefined` where the system does not tell. */
  memory(): number | undefined {
    return this.#mebibytes(/VmRSS:\s+(\d+)/);
  }

  /** The most resident memory that it has had, in MiB. */
  peakMemory(): number | undefined {
    return this.#mebibytes(/VmHWM:\s+(\d+)/);
  }

  #mebibytes(field: RegExp): number | undefined {
    const kib = field.exec(this.#read('status') ?? '')?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  }

  /** Seconds of processor time used so far; `undefined` where the system does not tell. */
  processorSeconds(): number | undefined {
    const fields = this.#read('stat')?.split(') ')[1]?.split(' ');
    return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  #read(file: string): string | undefined {
    try {
      return readFileSync(`/proc/${String(this.#child.pid)}/${file}`, 'utf8');
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configuration(folder: string, rules: object): object {
  return {
    server_name: NAME,
    listen: [{ host: '127.0.0.1', port: 0 }],
    data_dir: path.join(folder, 'data'),
    federation: { verify_certificates: false, allowed_networks: ['127.0.0.0/8'] },
    ...rules,
    log: { level: 'info', format: 'json' },
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  let output = '';
  return await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the server does not start: ${output}`)));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-10_000);
      const port = /"port":(\d+).*gatehouse ready/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
