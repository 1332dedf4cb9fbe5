/** Matrix errors: every code that Gatehouse answers with, and the one way from a thrown value to an answer. */
import type { JsonValue } from '../protocol/json.ts';

/** Codes with the HTTP statuses they go with, and when. The documentation is checked against this table. */
export const MATRIX_ERRORS = {
  M_BAD_JSON: { statuses: [400], meaning: 'The body is JSON, but not what the endpoint takes, or no event.' },
  M_NOT_JSON: { statuses: [400], meaning: 'The body is no JSON, not UTF-8, or is missing.' },
  M_FORBIDDEN: {
    statuses: [400, 403],
    meaning: '400: the event is refused, with a sentence for its sender. 403: the asker may not do this.',
  },
  M_UNAUTHORIZED: { statuses: [401], meaning: 'The request is not signed by its origin, or not for this server.' },
  M_NOT_FOUND: { statuses: [404], meaning: 'A room, user or document that this server does not have.' },
  M_UNRECOGNIZED: { statuses: [400, 404, 405], meaning: 'No such endpoint, or not with this method.' },
  M_TOO_LARGE: { statuses: [413, 431], meaning: 'The body or the headers are larger than the endpoint takes.' },
  M_LIMIT_EXCEEDED: { statuses: [429], meaning: 'The origin sends too many requests; `retry_after_ms` says how long.' },
  M_RATE_LIMITED: { statuses: [429], meaning: 'The same, as the unstable event check names it (MSC4284).' },
  M_INVALID_PARAM: { statuses: [400], meaning: 'A parameter has a value that cannot be used.' },
  M_MISSING_PARAM: { statuses: [400], meaning: 'A parameter is missing.' },
  M_INCOMPATIBLE_ROOM_VERSION: {
    statuses: [400],
    meaning: 'A room version that Gatehouse, or the server that asks, does not know; `room_version` says which.',
  },
  M_UNABLE_TO_AUTHORISE_JOIN: {
    statuses: [400],
    meaning: 'A restricted room whose conditions cannot be checked here: another server may be asked.',
  },
  M_UNABLE_TO_GRANT_JOIN: {
    statuses: [400],
    meaning: 'A restricted room whose condition is met, but no user of this server may let anybody in.',
  },
  'ORG.GATEHOUSE.CONFLICT': {
    statuses: [409, 412],
    meaning:
      '409: what is there already, or was decided already, is in the way. 412: somebody was faster; `revision` is what counts now.',
  },
  M_UNKNOWN: { statuses: [408, 500, 503], meaning: 'Trouble of the server itself; its log says more.' },
} as const satisfies Record<string, { statuses: readonly number[]; meaning: string }>;

export type Errcode = keyof typeof MATRIX_ERRORS;
export type StatusOf<Code extends Errcode> = (typeof MATRIX_ERRORS)[Code]['statuses'][number];

export type ErrorFields = Readonly<Record<string, JsonValue>>;

/** An answer that is an error; thrown by handlers, turned into JSON by the router. */
export class MatrixError extends Error {
  override readonly name = 'MatrixError';
  readonly errcode: Errcode;
  readonly status: number;
  /** More keys of the answer, `retry_after_ms` for one. */
  readonly extra: ErrorFields;
  /** Methods of the path, for the `Allow` header of a 405. */
  readonly allow: string | undefined;

  constructor(errcode: Errcode, status: number, message: string, extra: ErrorFields = {}, options: ErrorDetails = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.errcode = errcode;
    this.status = status;
    this.extra = extra;
    this.allow = options.allow;
  }
}

/** What storage, which is not known here, calls its failures. */
const STORAGE_FAILURE = 'StorageError';

interface ErrorDetails {
  readonly cause?: unknown;
  readonly allow?: string;
}

/** A Matrix error whose status is one that goes with its code. */
export function matrixError<Code extends Errcode>(
  errcode: Code,
  status: StatusOf<Code>,
  message: string,
  extra: ErrorFields = {},
): MatrixError {
  return new MatrixError(errcode, status, message, extra);
}

/**
 * The single funnel: what is no Matrix error yet becomes one, without telling the outside what went wrong inside. To
 * operators the sentence that a failure of storage has for them is told.
 */
export function toMatrixError(error: unknown, asker: 'outside' | 'operator' = 'outside'): MatrixError {
  if (error instanceof MatrixError) return error;
  if (error instanceof Error && error.name === STORAGE_FAILURE) {
    const sentence = asker === 'operator' ? error.message : 'The database of this server cannot be used just now.';
    return new MatrixError('M_UNKNOWN', 503, `${sentence} Please try again later.`, {}, { cause: error });
  }
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return matrixError('M_TOO_LARGE', 413, 'The body is larger than this endpoint takes.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
      return matrixError('M_NOT_JSON', 400, 'The body ended before its announced length.');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return unrecognized();
    default:
      return new MatrixError('M_UNKNOWN', 500, 'Internal server error', {}, { cause: error });
  }
}

/** Server-server API, "Unsupported endpoints". */
export function unrecognized(): MatrixError {
  return matrixError('M_UNRECOGNIZED', 404, 'Unrecognized request');
}

export function methodNotAllowed(allow: string): MatrixError {
  return new MatrixError('M_UNRECOGNIZED', 405, 'Unrecognized request method', {}, { allow });
}

export function unauthorized(message: string): MatrixError {
  return matrixError('M_UNAUTHORIZED', 401, message);
}

export function limitExceeded(retryAfterMs: number, errcode: 'M_LIMIT_EXCEEDED' | 'M_RATE_LIMITED'): MatrixError {
  return matrixError(errcode, 429, 'Too many requests from your server.', { retry_after_ms: retryAfterMs });
}

export function errorBody(error: MatrixError): string {
  return JSON.stringify({ errcode: error.errcode, error: error.message, ...error.extra });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
