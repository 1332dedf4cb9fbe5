/** The commands. What one of them needs is loaded when it runs, so that help and small ones come at once. */
import { CommanderError } from 'commander';
import { CommandFailure, printError, WrongUsage, type CommandIo } from './command-io.ts';
import { buildProgram } from './program.ts';

const OK = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** Runs one command; resolves with the exit code. `argv` is without the names of Node and of the script. */
export async function runCli(argv: readonly string[], io: CommandIo = processIo()): Promise<number> {
  try {
    await buildProgram(io).parseAsync(argv, { from: 'user' });
    return OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : WRONG_USAGE;
    const line = describeFailure(error);
    if (line !== '') printError(io, line);
    return error instanceof WrongUsage ? WRONG_USAGE : FAILED;
  }
}

function processIo(): CommandIo {
  const { stdin, stdout, stderr, env } = process;
  // Whoever reads the output, `head` for one, may have seen enough.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(OK);
    throw error;
  });
  return { stdin, stdout, stderr, env, cwd: process.cwd() };
}

/** Mistakes in the program are told with their stack, everything else in a line. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandFailure) return error.message;
  const isMistake = [TypeError, RangeError, ReferenceError, SyntaxError].some((type) => error.constructor === type);
  return isMistake ? (error.stack ?? error.message) : error.message.replaceAll('\n', ' ');
}
