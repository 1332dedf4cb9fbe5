/** What `http/` needs from outside to take a request at all; what single endpoints need is declared beside them. */
import type { ServerName } from '../protocol/ids/server-name.ts';

export interface RequestToAuthenticate {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly uri: string;
  /** Every `Authorization` header of the request, in order, of whatever scheme; at most 8. */
  readonly authorizationHeaders: readonly string[];
  /** Canonical JSON of the body; `undefined` where the request has none. */
  readonly content: string | undefined;
}

export interface AuthenticationFailure {
  readonly type: 'missing' | 'malformed' | 'wrongDestination' | 'keyUnavailable' | 'badSignature' | 'mixedOrigins';
  readonly detail: string;
}

export type Authentication =
  { readonly ok: true; readonly origin: ServerName } | { readonly ok: false; readonly reason: AuthenticationFailure };

/**
 * Finds out which server signed a request (server-server API, "Request Authentication"). May ask that server for its
 * keys. Rejects on failures of the machine alone.
 */
export type AuthenticateRequest = (request: RequestToAuthenticate) => Promise<Authentication>;

/** Where failures of the machine are told; a pino logger is one. */
export interface HttpLog {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
}
