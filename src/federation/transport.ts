/** HTTPS to other servers: the right certificate, no private addresses, and bounds on bodies, time and sockets. */
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
import { Slots } from './slots.ts';

/** Where to connect, and as what. The certificate is checked against the host of `hostHeader`, which is also the SNI. */
export interface Endpoint {
  /** A DNS name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly hostHeader: string;
}

export interface HttpExchange {
  readonly endpoint: Endpoint;
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Uint8Array;
}

/** Any answer resolves, whatever its status; a FederationError says why there is none. Redirects are not followed. */
export interface Transport extends AsyncDisposable {
  exchange(exchange: HttpExchange): Promise<HttpAnswer>;
}

export interface TransportOptions extends ConnectionOptions {
  readonly clock: Clock;
  readonly maxSocketsPerDestination?: number;
  /** Exchanges at once, with all destinations together. */
  readonly maxExchanges?: number;
}

interface Destination {
  readonly pool: Pool;
  readonly slots: Slots;
  lastUsed: number;
}

/** Ends exchanges whose own deadline is longer and whose server has gone quiet. */
const SILENCE_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 20_000;
const MAX_KEEP_ALIVE_MS = 60_000;
const IDLE_DESTINATION_MS = 2 * MAX_KEEP_ALIVE_MS;
const MAX_WAITING = 4096;

export function createTransport(options: TransportOptions): Transport {
  return new PooledTransport(options);
}

class PooledTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #perDestination: number;
  readonly #slots: Slots;
  readonly #destinations: LRUCache<string, Destination>;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#perDestination = options.maxSocketsPerDestination ?? 6;
    const maxExchanges = options.maxExchanges ?? 256;
    this.#slots = new Slots(maxExchanges, MAX_WAITING);
    this.#destinations = new LRUCache({ max: 4 * maxExchanges, dispose: ({ pool }) => void closeGently(pool) });
  }

  async exchange(exchange: HttpExchange): Promise<HttpAnswer> {
    using deadline = startDeadline(this.#options.clock, exchange.timeoutMs, exchange.signal);
    const { signal } = deadline;
    const destination = this.#destination(exchange.endpoint);
    try {
      return await destination.slots.run(
        async () => await this.#slots.run(async () => await attempt(destination.pool, exchange, signal), signal),
        signal,
      );
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw toFederationError(error);
    } finally {
      destination.lastUsed = this.#options.clock.now();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const pools = [...this.#destinations.values()].map(({ pool }) => pool);
    await Promise.all(pools.map(async (pool) => await pool.destroy()));
    this.#destinations.clear();
  }

  #destination(endpoint: Endpoint): Destination {
    if (this.#closed) throw new FederationError('unreachable', 'this server is shutting down');
    const now = this.#options.clock.now();
    this.#dropIdle(now);
    const key = `${endpoint.hostHeader} ${endpoint.host} ${endpoint.port}`;
    const known = this.#destinations.get(key);
    if (known !== undefined) return known;
    const pool = this.#createPool(endpoint);
    const destination = { pool, slots: new Slots(this.#perDestination, MAX_WAITING), lastUsed: now };
    this.#destinations.set(key, destination);
    return destination;
  }

  /** Looks at the least recently used ones only: the first that is in use ends the search. */
  #dropIdle(now: number): void {
    for (const key of this.#destinations.rkeys()) {
      const oldest = this.#destinations.peek(key);
      if (oldest === undefined || !oldest.slots.idle || now - oldest.lastUsed < IDLE_DESTINATION_MS) return;
      this.#destinations.delete(key);
    }
  }

  #createPool(endpoint: Endpoint): Pool {
    const connect = guardedConnector(this.#options);
    // The pool's own origin is never used, so that no URL parser reads a server name as something else (`0x7f.1`).
    return new Pool('https://federation.invalid', {
      connections: this.#perDestination,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      headersTimeout: SILENCE_TIMEOUT_MS,
      bodyTimeout: SILENCE_TIMEOUT_MS,
      connect: (target, callback) => {
        const { host, port, hostHeader } = endpoint;
        connect({ ...target, protocol: 'https:', hostname: host, host: hostHeader, port: String(port) }, callback);
      },
    });
  }
}

async function attempt(pool: Pool, exchange: HttpExchange, signal: AbortSignal): Promise<HttpAnswer> {
  // Every request between servers may be repeated: they are reads, or name their transaction.
  return await repeatedIfStale(async () => await send(pool, exchange, signal), signal);
}

async function send(pool: Pool, exchange: HttpExchange, signal: AbortSignal): Promise<HttpAnswer> {
  const { endpoint, method, path, headers, body, maxResponseBytes } = exchange;
  const answer = await pool.request({
    method,
    path,
    headers: { ...headers, host: endpoint.hostHeader },
    body: body ?? null,
    signal,
  });
  const bytes = await readBounded(answer.body as AsyncIterable<Uint8Array>, maxResponseBytes);
  return { status: answer.statusCode, headers: answer.headers, bytes };
}
