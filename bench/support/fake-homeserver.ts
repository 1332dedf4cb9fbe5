/** A homeserver on loopback: just enough of one that the server under test believes its keys and joins its room. */
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { signingKeyFromSeed, type SigningKey } from '../../src/protocol/ed25519.ts';
import { makeServerKeys } from '../../src/protocol/key-documents.ts';
import { parseKeyId } from '../../src/protocol/ids/key-id.ts';
import { parseServerName, type ServerName } from '../../src/protocol/ids/server-name.ts';
import { isJsonObject, parseJsonBytes, type JsonObject } from '../../src/protocol/json.ts';
import { startTlsServer } from '../../tests/support/tls-server.ts';
import { defined } from './defined.ts';

export interface FakeHomeserver extends AsyncDisposable {
  readonly name: ServerName;
  readonly key: SigningKey;
}

/** The answer to a path of the federation API, `undefined` for those that are not served. */
export type FederationAnswers = (path: string, body: JsonObject | undefined) => JsonObject | undefined;

const DAY_MS = 86_400_000;

/** The same number always has the same key. */
export async function startFakeHomeserver(number: number, answers: FederationAnswers): Promise<FakeHomeserver> {
  const key = signingKeyFromSeed(defined(parseKeyId('ed25519:bench')), Buffer.alloc(32, number + 1));
  const found: { name?: ServerName } = {};
  const tls = await startTlsServer({ dns: ['localhost'] }, (request, response) => {
    const path = decodeURIComponent((request.url ?? '').split('?', 1)[0] ?? '');
    void readBody(request).then((body) => {
      const answer =
        path === '/_matrix/key/v2/server' && found.name !== undefined
          ? makeServerKeys(found.name, key, [], Date.now() + DAY_MS)
          : answers(path, body);
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? { errcode: 'M_UNRECOGNIZED', error: 'not served' }));
    });
  });
  const name = defined(parseServerName(`localhost:${String(tls.port)}`));
  found.name = name;
  return { name, key, [Symbol.asyncDispose]: () => tls[Symbol.asyncDispose]() };
}

async function readBody(request: IncomingMessage): Promise<JsonObject | undefined> {
  const parsed = parseJsonBytes(await buffer(request));
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
}
