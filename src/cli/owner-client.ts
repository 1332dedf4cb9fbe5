/** Talks to the running process through the socket in its data folder. */
import { request } from 'node:http';
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import type { ZodType } from 'zod';
import { controlSocketPath } from '../config/control-socket.ts';
import { systemCode } from '../config/start-error.ts';
import { CommandFailure } from './command-io.ts';
import { errorAnswer } from './owner-answers.ts';
import { wireForm } from './wire-form.ts';

/** No process answers on the data folder. */
export class NotRunning extends CommandFailure {}

export interface OwnerRequest<T> {
  readonly dataDir: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below `/_gatehouse/admin/v1/`; parts that vary are encoded already. */
  readonly path: string;
  readonly body?: object;
  /** The revision that a change is based on; refused where somebody was faster. */
  readonly ifMatch?: number | undefined;
  /** The answer holds what people wrote: its keys are theirs. */
  readonly asWritten?: true;
  readonly answer: ZodType<T>;
}

/** Joining asks one server after the other. */
const TIMEOUT_MS = 180_000;

/** The answer of the running process; throws a `CommandFailure` with what went wrong. */
export async function askOwner<T>(options: OwnerRequest<T>): Promise<T> {
  const { status, body } = await exchange(options);
  const value = options.asWritten === true ? parse(body) : wireForm(parse(body));
  if (status !== 200 && status !== 201) throw new CommandFailure(describeError(value, status));
  const answer = options.answer.safeParse(value);
  if (!answer.success) {
    throw new CommandFailure(
      'the server gives an answer that this command does not understand: is it of another version?',
    );
  }
  return answer.data;
}

/** Several mistakes have a line each. */
function describeError(value: unknown, status: number): string {
  const answer = errorAnswer.safeParse(value);
  if (!answer.success) return `the server answered with status ${String(status)}`;
  const { error, errors = [] } = answer.data;
  if (errors.length < 2) return error;
  const lines = errors.map(({ path, message }) => `  ${path === '' ? message : `${path}: ${message}`}`);
  return [error.slice(0, error.indexOf(':') + 1), ...lines].join('\n');
}

/** Who sits at the command line, for the records. */
function author(): Record<string, string> {
  try {
    // By way of sudo everybody would be the user that runs the server.
    return { 'gatehouse-author': process.env['SUDO_USER'] ?? userInfo().username };
  } catch {
    // Users without a name, as in some containers.
    return {};
  }
}

async function exchange(options: OwnerRequest<unknown>): Promise<{ status: number; body: string }> {
  const outgoing = request({
    socketPath: controlSocketPath(options.dataDir),
    method: options.method,
    path: `/_gatehouse/admin/v1/${options.path}`,
    headers: {
      ...{ host: 'localhost', ...author() },
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.ifMatch === undefined ? {} : { 'if-match': `"${String(options.ifMatch)}"` }),
    },
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return await new Promise((resolve, reject) => {
    outgoing.once('error', (error) => reject(explain(error, options.dataDir)));
    outgoing.once('response', (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body }),
        (error: unknown) => reject(explain(error, options.dataDir)),
      );
    });
    outgoing.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  });
}

function explain(error: unknown, dataDir: string): CommandFailure {
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTDIR':
      return new NotRunning(
        `no server is running on ${dataDir}: start it with gatehouse start, or name its configuration with --config`,
      );
    case 'EACCES':
    case 'EPERM':
      return new CommandFailure(`only the user who runs the server may use its socket in ${dataDir}`);
    case 'ABORT_ERR':
      return new CommandFailure('the server took too long to answer');
    default:
      return new CommandFailure(`the server did not answer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
