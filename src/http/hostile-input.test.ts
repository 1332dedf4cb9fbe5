import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ask, startTestServer, type TestServer } from '../../tests/support/http-app.ts';
import { federationRoutes } from './routes.ts';

const RUNS = 3000;
const IN_PARALLEL = 32;

const paths = federationRoutes.map((route) => route.path.replaceAll(/\{\w+\}/g, '%24x:y.z'));
const awkward = fc.constantFrom(
  '\0',
  '\r',
  '\n',
  '\r\n\r\n',
  '%',
  '%%',
  '%2',
  '%ff',
  '/',
  '//',
  '?',
  '#',
  '"',
  '{',
  '\xff',
);
const authorization = fc.constantFrom('X-Matrix a.test', 'X-Matrix', 'x-matrix origin=a.test,key="', 'Basic eA==');
const headerLine = fc.constantFrom(
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Content-Type: application/json; charset="',
  'Content-Type: multipart/form-data',
  'Content-Encoding: gzip',
  'Expect: 100-continue',
  'Upgrade: websocket\r\nConnection: Upgrade',
  'Connection: keep-alive, close',
  'Accept-Version: 1.x',
  'Host: [::',
  ': empty',
  'A B: c',
);
const body = fc.oneof(
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('{"__proto__":{"toString":1}}', '{"pdus":null}', '['.repeat(900), '{"a":1e999}', '{"a":"\\udfff"}'),
);

/** A request that is right but for some mutations: a path, headers, framing, then bytes dropped, doubled or replaced. */
const request = fc
  .record({
    method: fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'get', 'BREW', ''),
    path: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...paths) }, fc.webPath(), fc.string({ maxLength: 40 })),
    insert: fc.option(fc.tuple(fc.nat(60), awkward)),
    headers: fc.array(headerLine, { maxLength: 3 }),
    authorization: fc.option(authorization),
    body,
    framed: fc.boolean(),
    mutation: fc.option(
      fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), with: fc.string({ maxLength: 3 }) }),
    ),
  })
  .map((parts) => {
    const [at, extra] = parts.insert ?? [0, ''];
    const path = parts.path.slice(0, at) + extra + parts.path.slice(at);
    const lines = [`${parts.method} ${path} HTTP/1.1`, 'Host: a', 'Connection: close', ...parts.headers];
    if (parts.authorization !== null) lines.push(`Authorization: ${parts.authorization}`);
    if (parts.framed) lines.push(`Content-Length: ${String(Buffer.byteLength(parts.body))}`);
    const text = `${lines.join('\r\n')}\r\n\r\n${parts.body}`;
    if (parts.mutation === null) return text;
    const cut = Math.floor(parts.mutation.at * text.length);
    return text.slice(0, cut) + parts.mutation.with + text.slice(cut + 1);
  });

test('malformed requests never bring a 5xx, a crash, or an error that is not Matrix JSON', async (t) => {
  const http = { headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 50 };
  await using server = await startTestServer({ http });
  const seed = fc.sample(fc.integer(), 1)[0] ?? 0;
  t.diagnostic(`seed ${String(seed)}`);
  const requests = fc.sample(request, { numRuns: RUNS, seed });
  let answered = 0;
  const workers = Array.from({ length: IN_PARALLEL }, async () => {
    for (let bytes = requests.pop(); bytes !== undefined; bytes = requests.pop()) {
      const reply = await send(server, bytes);
      checkReplies(reply, bytes);
      if (reply !== '') answered += 1;
    }
  });
  await Promise.all(workers);
  t.diagnostic(`answered ${String(answered)} of ${String(RUNS)}`);
  assert.ok(answered > RUNS * 0.7, `only ${String(answered)} were answered`);
  assert.deepEqual(server.failures, []);
  assert.equal((await ask(server, '/_gatehouse/health')).status, 200);
});

test('bodies of every size and shape get an answer over one connection', async () => {
  await using server = await startTestServer();
  for (const size of [0, 1, 65_536, 131_072, 131_073, 200_000, 2_000_000]) {
    const headers = { authorization: 'X-Matrix a.test' };
    const reply = await ask(server, '/_matrix/policy/v1/sign', { method: 'POST', headers, body: ' '.repeat(size) });
    assert.ok(reply.status === 400 || reply.status === 413, String(reply.status));
    assert.equal(reply.status === 413, size > 131_072);
  }
});

function checkReplies(reply: string, bytes: string): void {
  if (reply === '') return;
  const match = /^HTTP\/1\.1 (\d{3}) /.exec(reply);
  const about = `\nsent: ${JSON.stringify(bytes)}\ngot: ${JSON.stringify(reply.slice(0, 500))}`;
  assert.ok(match !== null, `no HTTP${about}`);
  const status = Number(match[1]);
  assert.ok(status < 500, `a 5xx${about}`);
  if (status < 400) return;
  assert.match(reply, /content-type: application\/json\r\n/i, `no JSON${about}`);
  const text = reply.slice(reply.indexOf('\r\n\r\n') + 4);
  // HEAD has no body, and a second answer may follow the first.
  if (text !== '') assert.match(text, /^\{"errcode":"M_[A-Z_]+","error":"/, `no Matrix error${about}`);
}

async function send(server: TestServer, bytes: string): Promise<string> {
  return await new Promise((resolve) => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    socket.on('error', () => undefined).on('close', () => resolve(received));
  });
}
