/** Signed requests to other servers (server-server API, "Request Authentication"). */
import type { SigningKey } from '../protocol/ed25519.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { isJsonObject, parseJsonBytes, type JsonObject } from '../protocol/json.ts';
import { authorizeRequest, requestContent } from '../protocol/x-matrix.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { BackOff } from './back-off.ts';
import { orAborted, startDeadline } from './deadline.ts';
import { FederationError } from './federation-error.ts';
import type { ServerDiscovery } from './server-discovery.ts';
import type { Endpoint, HttpAnswer, Transport } from './transport.ts';

export interface FederationRequest {
  readonly destination: ServerName;
  readonly method: 'GET' | 'PUT' | 'POST';
  /** From `/_matrix` on, percent-encoded, with its query. */
  readonly uri: string;
  readonly body?: JsonObject;
  /** Milliseconds for the whole exchange, discovery included. */
  readonly timeoutMs: number;
  /** Largest body of an answer in bytes. */
  readonly maxResponseBytes: number;
  /** Asks although the destination is backed off from: for what a person is waiting for. */
  readonly ignoreBackOff?: boolean;
  readonly signal?: AbortSignal;
}

export interface FederationResponse {
  readonly status: number;
  /** `undefined` where the body was no JSON object. */
  readonly body: JsonObject | undefined;
}

/** Answers of whatever status resolve; rejects with a FederationError where there is none. */
export interface FederationClient {
  request(options: FederationRequest): Promise<FederationResponse>;
}

/**
 * Files in the place of JSON. Their server is not to blame for their size, for the time that this takes, or for what it
 * answers: a file that is too large is status 502, one that is not there yet 504.
 */
export interface FederationDownloads {
  download(options: FederationRequest & { readonly method: 'GET' }): Promise<HttpAnswer>;
}

export interface FederationClientDeps {
  readonly serverName: ServerName;
  readonly signingKey: () => SigningKey;
  readonly discovery: ServerDiscovery;
  readonly transport: Pick<Transport, 'exchange'>;
  readonly backOff: BackOff;
  readonly clock: Clock;
}

/** Answers that say the server cannot talk now; other errors are about the one request. */
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** A deadline shorter than this says more about our hurry than about the other server. */
const FAIR_TIMEOUT_MS = 2000;

export function createFederationClient(deps: FederationClientDeps): FederationClient & FederationDownloads {
  return {
    async request(options) {
      const answer = await askDestination(deps, { ...options, accept: 'application/json' });
      return { status: answer.status, body: bodyOf(answer) };
    },
    async download(options) {
      return await askDestination(deps, { ...options, accept: 'multipart/mixed' });
    },
  };
}

interface TypedRequest extends FederationRequest {
  readonly accept: 'application/json' | 'multipart/mixed';
}

async function askDestination(deps: FederationClientDeps, options: TypedRequest): Promise<HttpAnswer> {
  const { backOff, clock, discovery } = deps;
  const { destination } = options;
  const until = options.ignoreBackOff === true ? undefined : backOff.until(destination);
  if (until !== undefined) {
    const seconds = Math.ceil((until - clock.now()) / 1000);
    throw new FederationError('backOff', `${destination} failed lately and is left alone for ${seconds} s`);
  }
  using deadline = startDeadline(clock, options.timeoutMs, options.signal);
  try {
    const endpoints = await orAborted(discovery.endpointsOf(destination), deadline.signal);
    const answer = await askInTurn(deps, options, endpoints, deadline.signal);
    if (!OVERLOADED.has(answer.status)) backOff.markAlive(destination);
    else if (options.accept === 'application/json') backOff.failed(destination);
    return answer;
  } catch (error) {
    if (blamesDestination(error, options)) backOff.failed(destination);
    throw error;
  }
}

/** SRV records may name several; the next is tried only while none has been spoken to. */
async function askInTurn(
  deps: FederationClientDeps,
  options: TypedRequest,
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { timeoutMs, maxResponseBytes, method, uri } = options;
  const content = options.body === undefined ? undefined : requestContent(options.body);
  const headers = requestHeaders(deps, options, content);
  let failure: unknown = new FederationError('discovery', `${options.destination} has no endpoint`);
  for (const endpoint of endpoints) {
    try {
      const body = content === undefined ? {} : { body: content };
      const exchange = { endpoint, method, path: uri, headers, ...body, timeoutMs, maxResponseBytes, signal };
      return await deps.transport.exchange(exchange);
    } catch (error) {
      failure = error;
      if (signal.aborted || (error instanceof FederationError && error.type === 'tooLarge')) break;
    }
  }
  throw failure;
}

function requestHeaders(
  { serverName, signingKey }: FederationClientDeps,
  { destination, method, uri, accept }: TypedRequest,
  content: string | undefined,
): Record<string, string> {
  const authorization = authorizeRequest({ method, uri, origin: serverName, destination, content }, signingKey());
  const headers = { authorization, accept, 'user-agent': 'Gatehouse' };
  return content === undefined ? headers : { ...headers, 'content-type': 'application/json' };
}

function bodyOf(answer: HttpAnswer): JsonObject | undefined {
  const parsed = parseJsonBytes(answer.bytes);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
}

function blamesDestination(error: unknown, { timeoutMs, accept }: TypedRequest): boolean {
  if (!(error instanceof FederationError) || error.type === 'tooLarge') return false;
  return error.type !== 'timeout' || (timeoutMs >= FAIR_TIMEOUT_MS && accept === 'application/json');
}
