/** HTTP to programs and files that are no Matrix servers: bounded, and within the networks that it may reach. */
import { LRUCache } from 'lru-cache';
import { Pool } from 'undici';
import type { Clock } from '../telemetry/clock.ts';
import { startDeadline } from './deadline.ts';
import { FederationError, toFederationError } from './federation-error.ts';
import {
  closeGently,
  guardedConnector,
  readBounded,
  repeatedIfStale,
  type ConnectionOptions,
} from './guarded-connection.ts';
import type { HttpAnswer } from './transport.ts';

export interface WebRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds for the whole exchange, redirects included. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal?: AbortSignal;
  /** Plain http is refused, for redirects too. */
  readonly httpsOnly?: boolean;
}

/** Any answer that is no redirect resolves, whatever its status; a FederationError says why there is none. */
export interface WebClient extends AsyncDisposable {
  request(request: WebRequest): Promise<HttpAnswer>;
}

export interface WebClientOptions extends ConnectionOptions {
  readonly clock: Clock;
}

const SILENCE_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 20_000;
const MAX_ORIGINS = 64;
const MAX_HOPS = 4;
/** After these, what was sent is sent again; after the others it would become another request. */
const REPEATING_REDIRECTS: ReadonlySet<number> = new Set([307, 308]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, ...REPEATING_REDIRECTS]);

export function createWebClient(options: WebClientOptions): WebClient {
  const connect = guardedConnector(options);
  const pools = new LRUCache<string, Pool>({ max: MAX_ORIGINS, dispose: (pool) => void closeGently(pool) });
  let isClosed = false;
  const poolOf = (origin: string): Pool => {
    if (isClosed) throw new FederationError('unreachable', 'this server is shutting down');
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const timeouts = { headersTimeout: SILENCE_TIMEOUT_MS, bodyTimeout: SILENCE_TIMEOUT_MS };
    const pool = new Pool(origin, { connect, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS, ...timeouts });
    pools.set(origin, pool);
    return pool;
  };
  return {
    async request(request) {
      using deadline = startDeadline(options.clock, request.timeoutMs, request.signal);
      try {
        return await follow(poolOf, request, deadline.signal);
      } catch (error) {
        if (deadline.signal.aborted) throw deadline.signal.reason;
        throw toFederationError(error);
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await Promise.all([...pools.values()].map(async (pool) => await pool.destroy()));
      pools.clear();
    },
  };
}

async function follow(poolOf: (origin: string) => Pool, request: WebRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const first = new URL(request.url);
  let url = first;
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    checkProtocol(url, request.httpsOnly === true);
    // Secrets are for the origin that they were given for.
    const headers = url.origin === first.origin ? request.headers : withoutSecrets(request.headers);
    const pool = poolOf(url.origin);
    const target = url;
    const answer = await repeatedIfStale(
      async () => await send(pool, target, { ...request, ...(headers === undefined ? {} : { headers }) }, signal),
      signal,
    );
    if (!REDIRECTS.has(answer.status)) return answer;
    if (request.method !== 'GET' && !REPEATING_REDIRECTS.has(answer.status)) {
      throw new FederationError('unreachable', `status ${answer.status} redirects what was sent as another request`);
    }
    const { location } = answer.headers;
    if (typeof location !== 'string' || !URL.canParse(location, url.href)) {
      throw new FederationError('unreachable', 'a redirect leads nowhere');
    }
    url = new URL(location, url);
  }
  throw new FederationError('unreachable', 'too many redirects');
}

function withoutSecrets(headers: WebRequest['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function checkProtocol(url: URL, httpsOnly: boolean): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && !httpsOnly)) return;
  throw new FederationError('unreachable', `${url.protocol.slice(0, -1)} is not followed`);
}

async function send(pool: Pool, url: URL, request: WebRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, body, maxResponseBytes, headers } = request;
  const answer = await pool.request({
    method,
    path: `${url.pathname}${url.search}`,
    headers: { 'user-agent': 'Gatehouse', ...headers },
    body: body ?? null,
    signal,
  });
  const bytes = await readBounded(answer.body as AsyncIterable<Uint8Array>, maxResponseBytes);
  return { status: answer.statusCode, headers: answer.headers, bytes };
}
