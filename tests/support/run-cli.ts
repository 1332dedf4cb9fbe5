import { Readable, Writable } from 'node:stream';
import { runCli } from '../../src/cli/main.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process. */
export async function runCliHere(
  argv: readonly string[],
  { stdin = '', env = {}, cwd = '/' }: { stdin?: string; env?: Record<string, string>; cwd?: string } = {},
): Promise<CliRun> {
  const out = collector();
  const err = collector();
  const io = { stdin: Readable.from([Buffer.from(stdin)]), stdout: out.stream, stderr: err.stream, env, cwd };
  const exitCode = await runCli(argv, io);
  return { exitCode, stdout: out.text(), stderr: err.text() };
}

function collector(): { stream: Writable; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer | string, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
