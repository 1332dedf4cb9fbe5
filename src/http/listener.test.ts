import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { ASKER, ask, askSigned, fakeDeps, authenticateByName, startTestServer } from '../../tests/support/http-app.ts';
import type { SignOutcome } from '../policy/sign-outcome.ts';
import { createFederationApp } from './apps.ts';
import { openListeners } from './listener.ts';
import type { HttpApp } from './router.ts';

const SIGN = '/_matrix/policy/v1/sign';

async function federationApp(): Promise<HttpApp> {
  const log = { error: () => undefined, warn: () => undefined };
  return await createFederationApp({
    deps: fakeDeps(),
    authenticate: authenticateByName,
    clock: { now: () => 0 },
    log,
  });
}

test('a request in flight is finished when the listeners close, and its connection with it', async () => {
  const gate = Promise.withResolvers<SignOutcome>();
  const arrived = Promise.withResolvers<undefined>();
  const signEvent = (): Promise<SignOutcome> => {
    arrived.resolve(undefined);
    return gate.promise;
  };
  await using server = await startTestServer({ deps: { signEvent } });
  const reply = askSigned(server, 'POST', SIGN, '{}');
  await arrived.promise;
  const closed = server.listeners.close(60_000);
  await assert.rejects(ask(server, '/_gatehouse/health'), 'nothing new is accepted');
  gate.resolve({ type: 'signed', signature: 'c2ln' });
  const { status, headers } = await reply;
  assert.deepEqual([status, headers.get('connection')], [200, 'close']);
  await closed;
});

test('what takes longer than the grace is cut off, and idle connections are closed at once', async () => {
  const arrived = Promise.withResolvers<undefined>();
  const signEvent = (): Promise<SignOutcome> => {
    arrived.resolve(undefined);
    return new Promise(() => undefined);
  };
  await using server = await startTestServer({ deps: { signEvent } });
  const agent = new PlainAgent({ keepAlive: true });
  await new Promise((resolve, reject) => {
    const options = { port: server.port, host: '127.0.0.1', path: '/_gatehouse/health', agent };
    const idle = plainRequest(options, (response) => response.resume().on('end', () => resolve(undefined)));
    idle.on('error', reject).end();
  });
  const stuck = assert.rejects(askSigned(server, 'POST', SIGN, '{}'));
  await arrived.promise;
  await server.listeners.close(1);
  await stuck;
  agent.destroy();
});

test('a port that is taken is said so, and nothing is left listening', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const listeners = [
    { host: '127.0.0.1', port: 0 },
    { host: '127.0.0.1', port },
  ];
  await assert.rejects(openListeners(await federationApp(), listeners), /cannot listen on 127\.0\.0\.1 port \d+: /);
  taken.close();
});

test('TLS, with certificates that are read again when told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-tls-'));
  const tls = { certificate: join(folder, 'tls.crt'), privateKey: join(folder, 'tls.key') };
  const write = async (name: string): Promise<void> => {
    const pems = await generate([{ name: 'commonName', value: name }]);
    await writeFile(tls.certificate, pems.cert);
    await writeFile(tls.privateKey, pems.private);
  };
  await write('one.test');
  const listeners = await openListeners(await federationApp(), [{ host: '127.0.0.1', port: 0, tls }]);
  const { port, tls: isTls } = listeners.addresses[0]!;
  assert.ok(isTls);
  assert.equal(await certificateOf(port), 'one.test');
  await write('two.test');
  await listeners.reloadCertificates();
  assert.equal(await certificateOf(port), 'two.test');
  await writeFile(tls.certificate, 'nonsense');
  await assert.rejects(listeners.reloadCertificates(), /cannot use .*tls\.crt/);
  assert.equal(await certificateOf(port), 'two.test', 'the certificate in use is kept');
  await listeners.close(0);
  await rm(folder, { recursive: true });
});

async function certificateOf(port: number): Promise<string | string[] | undefined> {
  return await new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });
    const headers = { authorization: `X-Matrix ${ASKER}` };
    const options = { port, host: '127.0.0.1', path: '/_gatehouse/health', rejectUnauthorized: false, agent, headers };
    const request = httpsRequest(options, (response) => {
      assert.ok(response.socket instanceof TLSSocket);
      const name = response.socket.getPeerCertificate().subject.CN;
      response.resume().on('end', () => resolve(name));
    });
    request.on('error', reject).end();
  });
}
