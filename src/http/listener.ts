/** The sockets that requests come in by: bounded in time, number and size, closed gracefully. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server as HttpServer, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, Server as HttpsServer } from 'node:https';
import { once } from 'node:events';
import type { HttpApp } from './router.ts';
import { answerClientError, answerConnect } from './socket-errors.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Paths of PEM files. */
  readonly tls?: TlsFiles;
}

export interface TlsFiles {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface ListenerAddress {
  readonly host: string;
  /** The real one, also where 0 was asked for. */
  readonly port: number;
  readonly tls: boolean;
}

export interface Listeners {
  readonly addresses: readonly ListenerAddress[];
  /** Reads certificates and keys again; a listener whose files are unusable keeps what it has, and this rejects. */
  readonly reloadCertificates: () => Promise<void>;
  /** Stops accepting, waits for what is in flight for so many milliseconds, then cuts connections. */
  readonly close: (graceMs?: number) => Promise<void>;
}

const DEFAULT_GRACE_MS = 10_000;
const IDLE_SWEEP_MS = 50;

export const HTTP_OPTIONS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  // For the whole request, body included; an answer may take longer.
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  // Longer than homeservers and proxies keep idle connections, so that they close theirs first.
  keepAliveTimeout: 90_000,
  // A request without `Host` gets an answer of ours rather than Node's, which is not JSON.
  requireHostHeader: false,
  noDelay: true,
};
const MAX_CONNECTIONS = 10_000;
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;
/** Without a byte in either direction: a peer that does not read its answer. */
const SOCKET_TIMEOUT_MS = 120_000;

type AnyServer = HttpServer | HttpsServer;

interface Listener {
  readonly server: AnyServer;
  readonly options: ListenerOptions;
}

/** Listens on all of them or on none. Overrides of Node's options are for tests. */
export async function openListeners(
  app: HttpApp,
  options: readonly ListenerOptions[],
  overrides: ServerOptions = {},
): Promise<Listeners> {
  const listeners: Listener[] = [];
  try {
    for (const option of options) listeners.push(await openListener(app, option, { ...HTTP_OPTIONS, ...overrides }));
  } catch (error) {
    for (const { server } of listeners) server.close();
    throw error;
  }
  return {
    addresses: listeners.map(addressOf),
    reloadCertificates: async () => {
      await Promise.all(listeners.map(reloadCertificate));
    },
    close: async (graceMs = DEFAULT_GRACE_MS) => {
      app.drain();
      await Promise.all(listeners.map(({ server }) => closeServer(server, graceMs)));
    },
  };
}

async function openListener(app: HttpApp, options: ListenerOptions, http: ServerOptions): Promise<Listener> {
  const server = options.tls === undefined ? createServer(http) : await createTls(options.tls, http);
  protect(server);
  server.on('request', app.handle);
  // Whatever else is expected of us (RFC 9110, section 10.1.1), the request itself is answered.
  server.on('checkExpectation', app.handle);
  try {
    await listen(server, { host: options.host, port: options.port });
  } catch (error) {
    throw new Error(`cannot listen on ${options.host} port ${String(options.port)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return { server, options };
}

async function createTls(files: TlsFiles, http: ServerOptions): Promise<HttpsServer> {
  const secrets = await readTls(files);
  return createTlsServer({ ...http, ...secrets, minVersion: 'TLSv1.2', handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS });
}

async function readTls(files: TlsFiles): Promise<{ cert: Buffer; key: Buffer }> {
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.privateKey)]);
  return { cert, key };
}

async function reloadCertificate({ server, options }: Listener): Promise<void> {
  if (!(server instanceof HttpsServer) || options.tls === undefined) return;
  const secrets = await readTls(options.tls);
  try {
    server.setSecureContext({ ...secrets, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new Error(`cannot use ${options.tls.certificate}: ${messageOf(error)}`, { cause: error });
  }
}

/** Limits that every server of ours has, the owner's socket included. */
export function protect(server: AnyServer): void {
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(SOCKET_TIMEOUT_MS);
  server.on('clientError', answerClientError);
  server.on('connect', answerConnect);
}

export async function listen(
  server: AnyServer,
  where: { host: string; port: number } | { path: string },
): Promise<void> {
  server.listen(where);
  await once(server, 'listening');
}

export async function closeServer(server: AnyServer, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // Connections that were busy when `close` was called are idle once their answer is out.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}

function addressOf({ server, options }: Listener): ListenerAddress {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { host: options.host, port, tls: options.tls !== undefined };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
