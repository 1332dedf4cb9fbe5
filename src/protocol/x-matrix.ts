/** The `Authorization: X-Matrix` header and the request it signs (server-server API, "Request Authentication"). */
import { canonicalText } from './canonical-json.ts';
import { signText, type SigningKey } from './ed25519.ts';
import { parseKeyId, type KeyId } from './ids/key-id.ts';
import { parseServerName, type ServerName } from './ids/server-name.ts';
import type { JsonObject } from './json.ts';

/** What one header claims; nothing of it is verified. */
export interface XMatrixCredentials {
  readonly origin: ServerName;
  /** Absent from servers older than v1.3. */
  readonly destination: ServerName | undefined;
  readonly keyId: KeyId;
  /** Base64. */
  readonly signature: string;
}

/** `otherScheme`: the header belongs to another kind of authentication and is to be skipped. */
export type XMatrixResult =
  { ok: true; credentials: XMatrixCredentials } | { ok: false; reason: 'otherScheme' | 'malformed' };

const SCHEME = /^X-Matrix[ \t]+/i;
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
/** One auth-param (RFC 9110, section 11.2); unquoted values may hold what tokens may not, colons above all. */
const PARAM = new RegExp(
  `(${TOKEN})[ \\t]*=[ \\t]*(?:"([^"\\\\]*(?:\\\\.[^"\\\\]*)*)"|([^",\\s]+))[ \\t]*(?:,[ \\t,]*|$)`,
  'y',
);

/** Reads one header value. Names are case-insensitive, unknown parameters are ignored, a repeated one is malformed. */
export function parseXMatrix(header: string): XMatrixResult {
  const scheme = SCHEME.exec(header);
  if (scheme === null) return { ok: false, reason: /^X-Matrix$/i.test(header.trim()) ? 'malformed' : 'otherScheme' };
  const params = readParams(
    header
      .slice(scheme[0].length)
      .replace(/^[ \t,]+/, '')
      .trimEnd(),
  );
  if (params === undefined) return { ok: false, reason: 'malformed' };
  const origin = parseServerName(params.get('origin') ?? '');
  const keyId = parseKeyId(params.get('key') ?? '');
  // @NOTE the text lists this parameter as `signature`; its example and every implementation say `sig`.
  const signature = params.get('sig');
  const destinationText = params.get('destination');
  const destination = destinationText === undefined ? undefined : parseServerName(destinationText);
  if (origin === undefined || keyId === undefined || signature === undefined) return { ok: false, reason: 'malformed' };
  if (destinationText !== undefined && destination === undefined) return { ok: false, reason: 'malformed' };
  return { ok: true, credentials: { origin, destination, keyId, signature } };
}

function readParams(text: string): Map<string, string> | undefined {
  const params = new Map<string, string>();
  PARAM.lastIndex = 0;
  while (PARAM.lastIndex < text.length) {
    const match = PARAM.exec(text);
    if (match === null) return undefined;
    const name = (match[1] ?? '').toLowerCase();
    if (params.has(name)) return undefined;
    params.set(name, match[2]?.replace(/\\(.)/gs, '$1') ?? match[3] ?? '');
  }
  return params;
}

/** One space after the scheme, lower-case names, no spaces round commas, every value quoted. */
export function formatXMatrix(credentials: XMatrixCredentials): string {
  const { origin, destination, keyId, signature } = credentials;
  const target = destination === undefined ? '' : `destination="${destination}",`;
  return `X-Matrix origin="${origin}",${target}key="${keyId}",sig="${signature}"`;
}

/** What the signature of a request covers; server names from before delegation. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query exactly as sent, from `/_matrix` on. */
  readonly uri: string;
  readonly origin: ServerName;
  readonly destination: ServerName;
  /** Canonical JSON of the body; `undefined` where the request has none. */
  readonly content: string | undefined;
}

/** The canonical text that the request's signature covers. */
export function requestText(request: SignedRequest): string {
  const rest = canonicalText({
    destination: request.destination,
    method: request.method,
    origin: request.origin,
    uri: request.uri,
  });
  return request.content === undefined ? rest : `{"content":${request.content},${rest.slice(1)}`;
}

/** The value of the `Authorization` header for a request of ours. */
export function authorizeRequest(request: SignedRequest, key: SigningKey): string {
  const signature = signText(key, requestText(request));
  return formatXMatrix({ origin: request.origin, destination: request.destination, keyId: key.keyId, signature });
}

/** The content of a signed request as a JSON object of ours. */
export function requestContent(body: JsonObject): string {
  return canonicalText(body);
}
