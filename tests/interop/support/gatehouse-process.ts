import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { freePort, startChild } from './child-processes.ts';
import type { TestChild } from './child-processes.ts';
import { eventually } from './eventually.ts';
import { splitLines } from './json-lines.ts';
import { parseObject } from './matrix-client.ts';
import type { JsonObject } from './matrix-client.ts';
import { repositoryRoot } from './synapse-environment.ts';

/** `GATEHOUSE_EXECUTABLE` names another one, such as that of a packed and installed package. */
const executable = process.env['GATEHOUSE_EXECUTABLE'] ?? path.join(repositoryRoot, 'bin', 'gatehouse');

/** What a command printed and how it ended. */
export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Gatehouse as an operator runs it: a process with a configuration file and a data folder of its own. */
export class GatehouseProcess implements AsyncDisposable {
  readonly port: number;
  readonly serverName: string;
  readonly botUserId: string;
  readonly folder: string;
  readonly configFile: string;
  #child: TestChild | undefined;
  #starts = 0;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    this.serverName = `localhost:${port}`;
    this.botUserId = `@gatehouse:${this.serverName}`;
    this.configFile = path.join(folder, 'gatehouse.yaml');
  }

  /** Writes a configuration and starts the server; `config` replaces top-level keys. */
  static async start(config: JsonObject = {}): Promise<GatehouseProcess> {
    const folder = await mkdtemp(path.join(tmpdir(), 'gh-'));
    const gatehouse = new GatehouseProcess(folder, await freePort());
    await gatehouse.writeConfig(config);
    await gatehouse.startAgain();
    return gatehouse;
  }

  async writeConfig(config: JsonObject): Promise<void> {
    const whole = {
      server_name: this.serverName,
      listen: [{ host: '127.0.0.1', port: this.port, tls: 'self-signed' }],
      data_dir: path.join(this.folder, 'data'),
      federation: { verify_certificates: false, allowed_networks: ['127.0.0.0/8', '::1/128'] },
      log: { level: 'debug', format: 'json' },
      ...config,
    };
    await writeFile(this.configFile, stringify(whole));
  }

  /** Starts the server with the data it has; returns once it serves. `fileLimit` is how large a file may get, in KiB. */
  async startAgain(options: { fileLimit?: number } = {}): Promise<void> {
    const command = [process.execPath, executable, 'start', '--config', this.configFile] as const;
    const limit = `ulimit -f ${options.fileLimit ?? 'unlimited'}; exec "$0" "$@"`;
    const [program, ...args] = options.fileLimit === undefined ? command : (['bash', '-c', limit, ...command] as const);
    const child = startChild({
      command: program,
      args,
      cwd: this.folder,
      logFile: path.join(this.folder, `output-${++this.#starts}.log`),
    });
    this.#child = child;
    const state = await eventually(
      'Gatehouse to be ready',
      () => {
        if (child.output().includes('gatehouse ready')) return 'ready';
        return child.hasExited() && 'gone';
      },
      { seen: () => child.output().slice(-4000) },
    );
    if (state === 'gone') throw new Error(`Gatehouse does not start:\n${child.output().slice(-4000)}`);
  }

  /** SIGTERM: what an operator does. Returns the exit code. */
  async stop(): Promise<number | null> {
    return (await this.#child?.stop()) ?? null;
  }

  /** SIGKILL: what a power cut does. */
  async kill(): Promise<void> {
    this.#child?.signal('SIGKILL');
    await this.#child?.exited;
  }

  /** The log of the current run. */
  log(): string {
    return this.#child?.output() ?? '';
  }

  /** Runs `gatehouse ARGS --config FILE`. */
  run(...args: string[]): Promise<CommandResult> {
    return runGatehouse([...args, '--config', this.configFile]);
  }

  /** Runs a command with `--json` and parses what it prints; fails when the command fails. */
  async json(...args: string[]): Promise<JsonObject> {
    const result = await this.run(...args, '--json');
    if (result.exitCode !== 0) throw new Error(`gatehouse ${args.join(' ')}: ${JSON.stringify(result)}`);
    return parseObject(result.stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.stop();
    if (process.env['GATEHOUSE_INTEROP_KEEP'] === undefined) await rm(this.folder, { recursive: true, force: true });
  }

  /** A file below the data folder. */
  async readData(name: string): Promise<string> {
    return await readFile(path.join(this.folder, 'data', name), 'utf8');
  }
}

/** Runs the executable once. */
export function runGatehouse(args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [executable, ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode: code, stdout, stderr });
    });
  });
}

/** Feeds lines to `gatehouse debug NAME` and returns the lines it answers. */
export async function debugLines(name: string, lines: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, [executable, 'debug', name], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const answers: string[] = [];
  splitLines(child.stdout, (line) => answers.push(line));
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  await ended;
  return answers;
}
