import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface WebRequestSeen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface WebServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: WebRequestSeen[];
}

export type WebReply = (request: WebRequestSeen, response: ServerResponse) => void;

/** A web server without TLS on 127.0.0.1. */
export async function startWebServer(reply: WebReply): Promise<WebServer> {
  const requests: WebRequestSeen[] = [];
  const server = createServer((incoming, response) => {
    const { method = '', url: path = '', headers } = incoming;
    response.on('error', () => undefined);
    buffer(incoming).then(
      (body) => {
        const request = { method, path, headers, body };
        requests.push(request);
        reply(request, response);
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function replyWith(value: unknown, status = 200): WebReply {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
