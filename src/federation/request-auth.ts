/** Who sent a request? (server-server API, "Request Authentication") */
import { keyCoversRequest } from '../protocol/key-documents.ts';
import { verifyText } from '../protocol/ed25519.ts';
import { algorithmOf, type KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { parseXMatrix, requestText, type XMatrixCredentials } from '../protocol/x-matrix.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { KeyRing } from './key-ring.ts';
import type { KeysById } from './known-keys.ts';

export interface InboundRequest {
  readonly method: string;
  /** Path and query exactly as received, from `/_matrix` on. */
  readonly uri: string;
  /** Every `Authorization` header of the request. */
  readonly authorizationHeaders: readonly string[];
  /** Canonical JSON of the body; `undefined` where there is none. */
  readonly content: string | undefined;
}

export interface AuthFailure {
  readonly type: 'missing' | 'malformed' | 'mixedOrigins' | 'wrongDestination' | 'keyUnavailable' | 'badSignature';
  readonly detail: string;
}

export type AuthResult = { ok: true; origin: ServerName } | { ok: false; reason: AuthFailure };

export interface RequestAuthDeps {
  readonly serverName: ServerName;
  readonly keyRing: Pick<KeyRing, 'cached' | 'keysFor'>;
  readonly clock: Clock;
  /** Told of every server that proved to be who it says: it is up. */
  readonly markAlive?: (serverName: ServerName) => void;
}

export type RequestAuth = (request: InboundRequest) => Promise<AuthResult>;

const MAX_HEADERS = 10;
const KEY_TIMEOUT_MS = 10_000;

/** With the key in memory, nothing is waited for: one signature is verified before the promise is made. */
export function createRequestAuth(deps: RequestAuthDeps): RequestAuth {
  return async (request) => {
    const claim = readClaim(request.authorizationHeaders, deps.serverName);
    if (!claim.ok) return claim;
    const result =
      verifyClaim(deps, request, claim, deps.keyRing.cached(claim.origin)) ??
      (await fetchAndVerify(deps, request, claim));
    if (result.ok) deps.markAlive?.(result.origin);
    return result;
  };
}

interface Claim {
  readonly ok: true;
  readonly origin: ServerName;
  readonly credentials: readonly XMatrixCredentials[];
}

function readClaim(headers: readonly string[], ownName: ServerName): Claim | { ok: false; reason: AuthFailure } {
  if (headers.length > MAX_HEADERS) return failed('malformed', 'too many Authorization headers');
  const credentials: XMatrixCredentials[] = [];
  for (const header of headers) {
    const parsed = parseXMatrix(header);
    if (parsed.ok) credentials.push(parsed.credentials);
    else if (parsed.reason === 'malformed') return failed('malformed', 'an X-Matrix Authorization header is malformed');
  }
  const [first] = credentials;
  if (first === undefined) return failed('missing', 'no X-Matrix Authorization header');
  const { origin } = first;
  for (const other of credentials) {
    if (other.origin !== origin) return failed('mixedOrigins', 'Authorization headers name several origins');
    // Servers older than v1.3 name no destination.
    if (other.destination !== undefined && other.destination !== ownName) {
      return failed('wrongDestination', `the request is for ${other.destination}, this is ${ownName}`);
    }
  }
  return { ok: true, origin, credentials };
}

/** Signatures by unknown keys are skipped, but every one by a known key must be right. `undefined`: no key is known. */
function verifyClaim(
  { clock, serverName }: RequestAuthDeps,
  request: InboundRequest,
  { origin, credentials }: Claim,
  keys: KeysById | undefined,
): AuthResult | undefined {
  const now = clock.now();
  let verified = false;
  for (const { keyId, signature } of credentials) {
    const key = keys?.get(keyId);
    if (key === undefined || !keyCoversRequest(key, now)) continue;
    const isSigned = contentsToTry(request.content).some((content) => {
      const { method, uri } = request;
      return verifyText(
        key.publicKey,
        requestText({ method, uri, origin, destination: serverName, content }),
        signature,
      );
    });
    if (!isSigned) return failed('badSignature', `the signature by ${keyId} of ${origin} is wrong`);
    verified = true;
  }
  return verified ? { ok: true, origin } : undefined;
}

async function fetchAndVerify(deps: RequestAuthDeps, request: InboundRequest, claim: Claim): Promise<AuthResult> {
  const { origin } = claim;
  const keyIds: KeyId[] = claim.credentials
    .map(({ keyId }) => keyId)
    .filter((keyId) => algorithmOf(keyId) === 'ed25519');
  if (keyIds.length === 0) return failed('keyUnavailable', 'no signature by an ed25519 key');
  const minimumValidUntilTs = deps.clock.now();
  const found = await deps.keyRing.keysFor(origin, keyIds, { timeoutMs: KEY_TIMEOUT_MS, minimumValidUntilTs });
  const result = verifyClaim(deps, request, claim, found.keys);
  if (result !== undefined) return result;
  return failed('keyUnavailable', found.failed?.detail ?? `the key of ${origin} is not valid any more`);
}

/** As sent first. @NOTE Synapse signs and sends an empty object as no body at all, and proxies may make one of the other. */
function contentsToTry(content: string | undefined): readonly (string | undefined)[] {
  if (content === undefined) return [undefined, '{}'];
  return content === '{}' ? ['{}', undefined] : [content];
}

function failed(type: AuthFailure['type'], detail: string): { ok: false; reason: AuthFailure } {
  return { ok: false, reason: { type, detail } };
}
