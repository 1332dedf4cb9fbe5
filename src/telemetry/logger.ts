/** The log: JSON lines or coloured text on standard output. */
import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** Absent: text where the stream is a terminal, else JSON. */
  readonly format?: 'json' | 'pretty' | undefined;
}

/** Where lines go; `isTTY` tells a terminal. */
export type LogStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Messages that scripts and tests wait for. */
export const MESSAGES = {
  ready: 'gatehouse ready',
  stopping: 'gatehouse stopping',
  stopped: 'gatehouse stopped',
} as const;

/** Scripts wait for this line: it is written whatever the level is. */
export function logReady(log: Logger, fields: object): void {
  log.child({}, { level: 'info' }).info(fields, MESSAGES.ready);
}

/** Secrets have no business in a log; where one gets there by mistake, its value does not. */
const SECRET_KEYS = ['authorization', 'Authorization', 'secretKey', 'seed', 'privateKey', 'private_key', 'password'];

export async function createLogger(options: LogOptions, stream: LogStream = process.stdout): Promise<Logger> {
  const format = options.format ?? (stream.isTTY === true ? 'pretty' : 'json');
  const destination = format === 'pretty' ? await prettyStream(stream) : jsonStream(stream);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[secret]' },
    },
    destination,
  );
}

/** Standard output is written synchronously: a line that was logged is there after a crash. */
function jsonStream(stream: LogStream): DestinationStream {
  return stream === process.stdout ? pino.destination({ fd: 1, sync: true }) : stream;
}

async function prettyStream(stream: LogStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    destination: stream,
    colorize: stream.isTTY === true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  });
}
