import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { ask, ASKER, askSigned, sendRaw, startTestServer, US } from '../../tests/support/http-app.ts';
import { MATRIX_ERRORS, matrixError, toMatrixError, type Errcode } from './errors.ts';
import type { RequestToAuthenticate } from './ports.ts';
import { allRoutes, federationRoutes, ownerRoutes } from './routes.ts';

const SIGN = '/_matrix/policy/v1/sign';

test('no path is served twice with one method, and the owner has paths of their own', () => {
  const keys = allRoutes.map((route) => `${route.method} ${route.path}`);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(ownerRoutes.every((route) => route.auth === 'owner' && route.path.startsWith('/_gatehouse/admin/v1/')));
  assert.ok(federationRoutes.every((route) => (route.auth as string) !== 'owner'));
});

test('what is not served is 404 M_UNRECOGNIZED in JSON', async () => {
  await using server = await startTestServer();
  const paths = [
    '/',
    '/_matrix',
    '/_matrix/policy/v2/sign',
    `${SIGN}/`,
    '/_matrix/federation/v1/send/',
    '/_matrix/federation/v1/send_join/!a:b/$c',
    '/_matrix/client/versions',
    '/_matrix/federation/v1/send/%',
    '/_matrix/federation/v1/send/%ff',
    '/%00',
    '//',
    ...ownerRoutes.map((route) => route.path),
  ];
  for (const path of paths) {
    for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS']) {
      const reply = await ask(server, path, { method });
      assert.deepEqual([path, reply.status, reply.body['errcode']], [path, 404, 'M_UNRECOGNIZED']);
      assert.equal(reply.headers.get('content-type'), 'application/json');
    }
  }
});

test('an id longer than any may be is not served', async () => {
  await using server = await startTestServer();
  const send = '/_matrix/federation/v1/send/';
  assert.equal((await askSigned(server, 'PUT', send + '%24'.repeat(255), '{}')).status, 200);
  const reply = await askSigned(server, 'PUT', send + 'x'.repeat(1000), '{}');
  assert.deepEqual([reply.status, reply.body['errcode']], [404, 'M_UNRECOGNIZED']);
});

test('a wrong method on a served path is 405 M_UNRECOGNIZED and says which are right', async () => {
  await using server = await startTestServer();
  for (const route of federationRoutes) {
    const path = route.path.replaceAll(/\{\w+\}/g, '%24x');
    for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'PROPFIND']) {
      const isServed = federationRoutes.some((other) => other.path === route.path && other.method === method);
      if (isServed || (route.cors === true && method === 'OPTIONS')) continue;
      const reply = await ask(server, path, { method });
      assert.deepEqual([method, path, reply.status], [method, path, 405]);
      assert.equal(reply.body['errcode'], 'M_UNRECOGNIZED');
      assert.ok(reply.headers.get('allow')?.split(', ').includes(route.method));
    }
  }
});

test('HEAD is answered as GET is, without a body', async () => {
  await using server = await startTestServer();
  const reply = await ask(server, '/_matrix/key/v2/server', { method: 'HEAD' });
  assert.equal(reply.status, 200);
  assert.ok(Number(reply.headers.get('content-length')) > 0);
  assert.equal((await ask(server, SIGN, { method: 'HEAD' })).status, 405);
});

test('web pages may read the well-known documents, errors included', async () => {
  await using server = await startTestServer();
  for (const route of federationRoutes.filter(({ path }) => path.startsWith('/.well-known/'))) {
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const reply = await ask(server, route.path, { method });
      assert.equal(reply.headers.get('access-control-allow-origin'), '*', `${method} ${route.path}`);
      assert.match(reply.headers.get('access-control-allow-headers') ?? '', /Authorization/);
      if (method === 'OPTIONS') assert.equal(reply.status, 204);
    }
  }
  assert.equal((await askSigned(server, 'POST', SIGN, '{}')).headers.get('access-control-allow-origin'), null);
});

test('who did not sign is 401 M_UNAUTHORIZED, before the body counts', async () => {
  await using server = await startTestServer();
  for (const authorization of [undefined, 'Bearer abc', 'X-Matrix', '']) {
    const headers = authorization === undefined ? {} : { authorization };
    const reply = await ask(server, SIGN, { method: 'POST', headers, body: '{}' });
    assert.deepEqual([reply.status, reply.body['errcode']], [401, 'M_UNAUTHORIZED']);
  }
  const body = 'x'.repeat(1_000_000);
  assert.equal((await ask(server, SIGN, { method: 'POST', body })).status, 401);
});

test('authentication sees every Authorization header, the path as sent, and canonical content', async () => {
  const seen: RequestToAuthenticate[] = [];
  await using server = await startTestServer({
    authenticate: (request) => {
      seen.push(request);
      return Promise.resolve({ ok: true, origin: ASKER });
    },
  });
  const path = '/_matrix/federation/v1/send/a%2Fb%21?x=%7e&x=1';
  const status = await new Promise((resolve, reject) => {
    const headers = ['authorization', 'X-Matrix one', 'Authorization', 'X-Matrix two', 'content-type', 'nonsense/;='];
    const request = httpRequest({ port: server.port, host: '127.0.0.1', path, method: 'PUT', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject).end('{"pdus":[], "n":1.50,\n"edus":[]}');
  });
  assert.equal(status, 200);
  assert.deepEqual(seen, [
    {
      method: 'PUT',
      uri: path,
      authorizationHeaders: ['X-Matrix one', 'X-Matrix two'],
      content: '{"edus":[],"n":1.50,"pdus":[]}',
    },
  ]);
  await askSigned(server, 'PUT', '/_matrix/federation/v1/send/1', '{}');
  assert.equal(seen[1]?.content, '{}');
  await askSigned(server, 'GET', '/_matrix/federation/v1/user/devices/@a:b');
  assert.equal(seen[2]?.content, undefined);
});

test('bytes that are no request, and requests that are odd, get Matrix errors too', async () => {
  await using server = await startTestServer();
  const cases: readonly (readonly [string, RegExp])[] = [
    ['nonsense\r\n\r\n', /^HTTP\/1\.1 400 .*M_UNRECOGNIZED/s],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 .*M_TOO_LARGE/s],
    ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 405 .*M_UNRECOGNIZED/s],
    ['GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 404 .*M_UNRECOGNIZED/s],
    ['GET /nowhere HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 404 .*M_UNRECOGNIZED/s],
    ['OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 404 .*M_UNRECOGNIZED/s],
    [
      'GET http://a/_gatehouse/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 (200|404) .*(alive|M_UNRECOGNIZED)/s,
    ],
    ['GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 404 .*M_UNRECOGNIZED/s],
    ['PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', /^HTTP\/1\.1 40[04] .*M_UNRECOGNIZED/s],
  ];
  for (const [bytes, expected] of cases) assert.match(await sendRaw(server.port, bytes), expected);
  assert.deepEqual(server.failures, []);
});

test('clients that are too slow are cut off with 408', async () => {
  const http = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
  await using server = await startTestServer({ http });
  assert.match(await sendRaw(server.port, 'GET / HTTP/1.1\r\nHost: a\r\n'), /^HTTP\/1\.1 408 /);
  const head = `POST ${SIGN} HTTP/1.1\r\nHost: a\r\nAuthorization: X-Matrix a.b\r\nContent-Length: 9\r\n\r\n`;
  assert.match(await sendRaw(server.port, `${head}{`), /^HTTP\/1\.1 408 /);
});

test('the plain documents', async () => {
  const support = { contacts: [{ role: 'm.role.admin', matrix_id: '@a:b' }], support_page: 'https://b/' };
  await using server = await startTestServer({ deps: { support } });
  const documents: readonly (readonly [string, unknown])[] = [
    ['/_matrix/key/v2/server', { server_name: US, valid_until_ts: 1 }],
    ['/_matrix/key/v2/server/ed25519:abc', { server_name: US, valid_until_ts: 1 }],
    ['/.well-known/matrix/server', { 'm.server': 'policy.test:443' }],
    ['/.well-known/matrix/policy_server', { public_keys: { ed25519: 'cHVibGlj' } }],
    ['/.well-known/matrix/org.matrix.msc4284.policy_server', { public_key: 'cHVibGlj' }],
    ['/.well-known/matrix/support', support],
    ['/_matrix/federation/v1/version', { server: { name: 'Gatehouse', version: '0.1.0' } }],
    ['/_gatehouse/health', { status: 'alive' }],
    ['/_gatehouse/ready', { status: 'ready', checks: { storage: true, keys: true } }],
  ];
  for (const [path, body] of documents) {
    const reply = await ask(server, path);
    assert.deepEqual([reply.status, reply.body], [200, body]);
  }
});

test('documents that depend on the configuration', async () => {
  const readiness = (): Promise<{ storage: boolean; keys: boolean }> => Promise.resolve({ storage: false, keys: true });
  await using server = await startTestServer({ deps: { readiness, delegatedTo: 'other.test:8448' } });
  assert.deepEqual((await ask(server, '/.well-known/matrix/server')).body, { 'm.server': 'other.test:8448' });
  assert.equal((await ask(server, '/.well-known/matrix/support')).body['errcode'], 'M_NOT_FOUND');
  const ready = await ask(server, '/_gatehouse/ready');
  assert.deepEqual([ready.status, ready.body['errcode']], [503, 'M_UNKNOWN']);
  assert.deepEqual(ready.body['checks'], { storage: false, keys: true });
});

test('every error of the table is answered with its code and status', () => {
  for (const [errcode, { statuses }] of Object.entries(MATRIX_ERRORS)) {
    for (const status of statuses) {
      const error = matrixError(errcode as Errcode, status as never, 'text');
      assert.equal(toMatrixError(error), error);
    }
  }
  assert.deepEqual([toMatrixError('text').status, toMatrixError(undefined).errcode], [500, 'M_UNKNOWN']);
  const full = Object.assign(new Error('The disk is full.'), { name: 'StorageError' });
  assert.equal(
    toMatrixError(full).message,
    'The database of this server cannot be used just now. Please try again later.',
  );
  assert.equal(toMatrixError(full, 'operator').message, 'The disk is full. Please try again later.');
  assert.equal(toMatrixError(full).status, 503);
});
