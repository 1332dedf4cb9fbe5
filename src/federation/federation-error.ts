export type FederationErrorType =
  'refusedAddress' | 'unreachable' | 'timeout' | 'tls' | 'tooLarge' | 'backOff' | 'discovery';

/** Another server could not be talked to. What it answered, whatever the status, is no error. */
export class FederationError extends Error {
  override readonly name = 'FederationError';
  readonly type: FederationErrorType;

  constructor(type: FederationErrorType, detail: string, options?: { cause: unknown }) {
    super(detail, options);
    this.type = type;
  }
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
const CERTIFICATE_ERRORS: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'EPROTO',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The typed form of what sockets, TLS and the HTTP client throw. */
export function toFederationError(error: unknown): FederationError {
  if (error instanceof FederationError) return error;
  const code = errorCode(error);
  const detail = error instanceof Error && error.message !== '' ? error.message : code;
  return new FederationError(typeOfCode(code), detail, { cause: error });
}

function typeOfCode(code: string): FederationErrorType {
  if (TIMEOUTS.has(code)) return 'timeout';
  if (CERTIFICATE_ERRORS.has(code) || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL')) return 'tls';
  return code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || code === 'UND_ERR_HEADERS_OVERFLOW' ? 'tooLarge' : 'unreachable';
}

/** The `code` of an error of Node or undici; several addresses tried in vain give one error with the code of each. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError) {
    const errors: readonly unknown[] = error.errors;
    return errors.length === 0 ? 'unknown error' : errorCode(errors.at(-1));
  }
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}
