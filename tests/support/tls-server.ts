import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';

export interface TlsServer extends AsyncDisposable {
  readonly port: number;
  /** The certificate in PEM, to be trusted as an authority. */
  readonly certificate: string;
  /** The server names that connections asked for; `false` without SNI. One entry for each connection. */
  readonly connections: (string | false)[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTPS server on 127.0.0.1 with a certificate of its own for these names and addresses. */
export async function startTlsServer(names: { dns?: string[]; ips?: string[] }, answer: Answer): Promise<TlsServer> {
  const altNames = [
    ...(names.dns ?? []).map((value) => ({ type: 2 as const, value })),
    ...(names.ips ?? []).map((ip) => ({ type: 7 as const, ip })),
  ];
  const made = await generate([{ name: 'commonName', value: 'loopback' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  const server = createServer({ cert: made.cert, key: made.private }, answer);
  const connections: (string | false)[] = [];
  server.on('secureConnection', (socket: TLSSocket & { servername: string | false }) => {
    connections.push(socket.servername);
  });
  const port = await listen(server);
  return {
    port,
    certificate: made.cert,
    connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return address.port;
}
