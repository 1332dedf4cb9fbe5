/** What a command may touch, so that tests can run one without a process of its own. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A command that could not do its work: exit code 1 and one line, or nothing more where all has been said. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** A command that was called wrongly in a way that only it can see: exit code 2. */
export class WrongUsage extends CommandFailure {}

export function printLine(io: CommandIo, text: string): void {
  io.stdout.write(`${text}\n`);
}

export function printError(io: CommandIo, text: string): void {
  io.stderr.write(`gatehouse: ${text}\n`);
}

export function printJson(io: CommandIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
