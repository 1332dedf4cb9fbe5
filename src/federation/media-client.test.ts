import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { FakeNames, serverNamed, testKey } from '../../tests/support/federation-fakes.ts';
import { startTlsServer } from '../../tests/support/tls-server.ts';
import { parseMxcUri } from '../protocol/ids/mxc-uri.ts';
import { systemClock } from '../telemetry/system-clock.ts';
import { createAddressGuard } from './address-guard.ts';
import { createBackOff } from './back-off.ts';
import { createFederationClient } from './federation-client.ts';
import { createMediaClient, type MediaRequest } from './media-client.ts';
import { createTransport } from './transport.ts';
import { createWebClient } from './web-client.ts';

const us = serverNamed('us.test');
const them = serverNamed('them.test');
const API = '/_matrix/federation/v1/media';

type Serve = (path: string, response: ServerResponse, port: number) => void;

async function setUp(serve: Serve, options: { redirectsTo?: readonly string[] } = {}) {
  const paths: string[] = [];
  const authorized: boolean[] = [];
  const server = await startTlsServer({ dns: ['them.test', 'cdn.test'] }, (request, response) => {
    paths.push(request.url ?? '');
    authorized.push(request.headers.authorization !== undefined);
    serve(request.url ?? '', response, server.port);
  });
  const names = new FakeNames();
  for (const host of ['them.test', 'cdn.test', 'private.test']) names.hosts.set(host, ['127.0.0.1']);
  const clock = systemClock;
  const connections = { clock, names, verifyCertificates: true, extraAuthorities: [server.certificate] };
  const loopback = createAddressGuard({ allowedNetworks: ['127.0.0.0/8'] });
  const transport = createTransport({ ...connections, guard: loopback });
  const guard = createAddressGuard({ allowedNetworks: options.redirectsTo ?? ['127.0.0.0/8'] });
  const web = createWebClient({ ...connections, guard });
  const backOff = createBackOff({ clock });
  const client = createFederationClient({
    ...{ serverName: us, signingKey: () => testKey(), transport, backOff, clock },
    discovery: { endpointsOf: async (host) => [{ host, port: server.port, hostHeader: host }] },
  });
  const media = createMediaClient({ client, web, clock });
  const uri = parseMxcUri('mxc://them.test/abc_1');
  assert.ok(uri);
  const fetch = async (more: Partial<MediaRequest> = {}) => {
    const fetched = await media.fetch({ uri, maxBytes: 1000, timeoutMs: 3000, ...more });
    return fetched.ok ? [Buffer.from(fetched.bytes).toString(), fetched.contentType] : fetched.reason;
  };
  const stack = new AsyncDisposableStack();
  stack.use(server);
  stack.use(transport);
  stack.use(web);
  return { fetch, paths, authorized, backOff, [Symbol.asyncDispose]: async () => await stack.disposeAsync() };
}

function multipart(response: ServerResponse, ...parts: string[]): void {
  response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' });
  response.end(`${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`);
}

const METADATA = 'Content-Type: application/json\r\n\r\n{}';

function error(response: ServerResponse, status: number, errcode: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errcode, error: '' }));
}

function movedTo(where: (port: number) => string): Serve {
  return (path, response, port) => {
    if (path === '/file') response.writeHead(200, { 'content-type': 'image/gif' }).end('moved');
    else if (path === '/none') error(response, 404, 'M_NOT_FOUND');
    else if (path === '/again') response.writeHead(302, { location: '/file' }).end();
    else multipart(response, METADATA, `Location: ${where(port)}\r\n\r\n`);
  };
}

describe('files of other servers', () => {
  it('are fetched by a signed request, with their type', async () => {
    await using net = await setUp((_, response) => {
      multipart(response, METADATA, 'Content-Type: image/png\r\n\r\nbytes\r\n--a');
    });
    assert.deepEqual(await net.fetch(), ['bytes\r\n--a', 'image/png']);
    await net.fetch({ thumbnail: true });
    assert.deepEqual(net.paths, [
      `${API}/download/abc_1?timeout_ms=2000`,
      `${API}/thumbnail/abc_1?width=800&height=600&method=scale&timeout_ms=2000`,
    ]);
    assert.deepEqual(net.authorized, [true, true]);
  });

  it('are fetched from where their server says they are, which is not told who asks', async () => {
    await using net = await setUp(movedTo((port) => `https://cdn.test:${port}/again`));
    assert.deepEqual(await net.fetch(), ['moved', 'image/gif']);
    assert.deepEqual(net.authorized, [true, false, false]);
  });

  for (const where of [
    (port: number) => `http://cdn.test:${port}/file`,
    () => 'https://unknown.test/file',
    () => 'file:///etc/passwd',
    () => '/file',
    (port: number) => `https://cdn.test:${port}/none`,
  ]) {
    it(`are not fetched from ${where(1)}`, async () => {
      await using net = await setUp(movedTo(where));
      assert.match(JSON.stringify(await net.fetch()), /"unavailable"/);
    });
  }

  for (const where of [
    (port: number) => `https://cdn.test:${port}/file`,
    (port: number) => `https://127.0.0.1:${port}/file`,
  ]) {
    it(`are not fetched from private networks: ${where(1)}`, async () => {
      await using net = await setUp(movedTo(where), { redirectsTo: [] });
      assert.match(JSON.stringify(await net.fetch()), /no address outside private networks/);
      assert.equal(net.paths.length, 1);
    });
  }

  it('are asked for at the old place where the server knows no other', async () => {
    await using net = await setUp((path, response) => {
      if (path.startsWith(API)) error(response, 404, 'M_UNRECOGNIZED');
      else response.writeHead(200, { 'content-type': 'image/png' }).end('old');
    });
    assert.deepEqual(await net.fetch(), ['old', 'image/png']);
    assert.equal(net.paths[1], '/_matrix/media/v3/download/them.test/abc_1?allow_remote=false&timeout_ms=2000');
  });

  const failures: readonly (readonly [string, Serve, string])[] = [
    ['not there', (_, response) => error(response, 404, 'M_NOT_FOUND'), 'unavailable'],
    ['not uploaded yet', (_, response) => error(response, 504, 'M_NOT_YET_UPLOADED'), 'unavailable'],
    ['too large to serve', (_, response) => error(response, 502, 'M_TOO_LARGE'), 'tooLarge'],
    ['too large for us', (_, response) => multipart(response, METADATA, `\r\n${'x'.repeat(1001)}`), 'tooLarge'],
    ['without end', (_, response) => response.writeHead(200).end('x'.repeat(100_000)), 'tooLarge'],
    ['of one part', (_, response) => multipart(response, METADATA), 'unavailable'],
    ['of three parts', (_, response) => multipart(response, METADATA, '\r\na', '\r\nb'), 'unavailable'],
    [
      'garbage',
      (_, response) => response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' }).end('--b'),
      'unavailable',
    ],
    [
      'no multipart',
      (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('bytes'),
      'unavailable',
    ],
    ['silence', () => undefined, 'unavailable'],
  ];
  for (const [what, serve, type] of failures) {
    it(`that cannot be had are said to be: ${what}`, async () => {
      await using net = await setUp(serve);
      const result = await net.fetch({ timeoutMs: what === 'silence' ? 300 : 3000 });
      assert.ok(!Array.isArray(result), 'a reason');
      assert.equal(result.type, type);
      assert.equal(net.backOff.until(them), undefined, 'it says nothing about the server');
    });
  }
});
