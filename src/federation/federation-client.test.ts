import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { FakeNames, publishedKeys, RecordingLog, serverNamed, testKey } from '../../tests/support/federation-fakes.ts';
import { startTlsServer } from '../../tests/support/tls-server.ts';
import { createAddressGuard } from './address-guard.ts';
import { createBackOff } from './back-off.ts';
import { createFederationClient, type FederationRequest } from './federation-client.ts';
import { FederationError, type FederationErrorType } from './federation-error.ts';
import { createRequestAuth, type InboundRequest } from './request-auth.ts';
import { createServerDiscovery } from './server-discovery.ts';
import { createTransport, type Endpoint, type HttpAnswer, type HttpExchange } from './transport.ts';

const us = serverNamed('us.test');
const them = serverNamed('them.test');
const key = testKey();

type Reply = { status: number; body: string } | Error | 'silence';

function setUp(reply: (exchange: HttpExchange) => Reply, endpoints?: readonly Endpoint[]) {
  const clock = new FakeClock();
  const sent: HttpExchange[] = [];
  const transport = {
    async exchange(exchange: HttpExchange): Promise<HttpAnswer> {
      sent.push(exchange);
      const result = reply(exchange);
      if (result instanceof Error) throw result;
      if (result === 'silence') return await new Promise((_, reject) => rejectOnAbort(exchange.signal, reject));
      return { status: result.status, headers: {}, bytes: Buffer.from(result.body) };
    },
  };
  const discovery = {
    endpointsOf: async (name: string) => endpoints ?? [{ host: name, port: 8448, hostHeader: name }],
  };
  const backOff = createBackOff({ clock, random: () => 0.5 });
  const client = createFederationClient({
    serverName: us,
    signingKey: () => key,
    discovery,
    transport,
    backOff,
    clock,
  });
  const ask = async (more: Partial<FederationRequest> = {}) => {
    const bounds = { timeoutMs: 10_000, maxResponseBytes: 1000 };
    return await client.request({ destination: them, method: 'GET', uri: '/_matrix/x?y=%20', ...bounds, ...more });
  };
  return { ask, sent, backOff, clock };
}

function rejectOnAbort(signal: AbortSignal | undefined, reject: (reason: unknown) => void): void {
  if (signal?.aborted === true) reject(signal.reason);
  else signal?.addEventListener('abort', () => reject(signal.reason));
}

function failsWith(type: FederationErrorType) {
  return (error: unknown) => error instanceof FederationError && error.type === type;
}

const fine: Reply = { status: 200, body: '{"a":1}' };

describe('federation client', () => {
  it('signs requests so that their destination believes them', async () => {
    const { ask, sent, clock } = setUp(() => fine);
    await ask();
    await ask({ method: 'PUT', body: {} });
    await ask({ method: 'POST', body: { b: [1, 'ä', null], a: { __proto__: null } } });
    const keys = publishedKeys('us.test', key, clock.now() + 1000);
    const keyRing = { cached: () => keys.keys, keysFor: async () => ({ keys: keys.keys }) };
    const authenticate = createRequestAuth({ serverName: them, keyRing, clock });
    for (const { method, path, headers, body } of sent) {
      const request: InboundRequest = {
        method,
        uri: path,
        authorizationHeaders: [headers?.['authorization'] ?? ''],
        content: body,
      };
      assert.deepEqual(await authenticate(request), { ok: true, origin: us });
      assert.equal(headers?.['content-type'], body === undefined ? undefined : 'application/json');
    }
  });

  const bodies: readonly (readonly [string, unknown])[] = [
    ['{"a":1}', { a: 1 }],
    ['', undefined],
    ['<html>', undefined],
    ['[1]', undefined],
    ['"a"', undefined],
    ['{"a":1', undefined],
  ];
  for (const [body, expected] of bodies) {
    it(`gives the answer ${JSON.stringify(body)} as it is, whatever its status`, async () => {
      for (const status of [200, 400, 404, 500]) {
        const { ask } = setUp(() => ({ status, body }));
        assert.deepEqual(await ask(), { status, body: expected });
      }
    });
  }

  it('leaves a server alone for a while that cannot be reached, or is overloaded', async () => {
    const troubles: Reply[] = [
      new FederationError('unreachable', ''),
      new FederationError('tls', ''),
      new FederationError('refusedAddress', ''),
      ...[429, 502, 503, 504].map((status) => ({ status, body: '{}' })),
    ];
    for (const trouble of troubles) {
      const { ask, sent, clock } = setUp(() => trouble);
      await ask().catch(() => undefined);
      await assert.rejects(ask(), failsWith('backOff'));
      assert.equal(sent.length, 1);
      await ask({ ignoreBackOff: true }).catch(() => undefined);
      assert.equal(sent.length, 2);
      await clock.advance(2000);
      await ask().catch(() => undefined);
      assert.equal(sent.length, 3);
    }
  });

  it('does not hold against a server what is about one request, or our own hurry', async () => {
    const quiet: Reply[] = [new FederationError('tooLarge', ''), { status: 500, body: '' }, { status: 404, body: '' }];
    for (const reply of quiet) {
      const { ask, backOff } = setUp(() => reply);
      await ask().catch(() => undefined);
      assert.equal(backOff.until(them), undefined);
    }
    const { ask, backOff, clock } = setUp(() => 'silence');
    const asking = assert.rejects(ask({ timeoutMs: 100 }), failsWith('timeout'));
    await clock.advance(100);
    await asking;
    assert.equal(backOff.until(them), undefined);
  });

  it('counts a server that says nothing for long as failing', async () => {
    const { ask, backOff, clock } = setUp(() => 'silence');
    const asking = assert.rejects(ask(), failsWith('timeout'));
    await clock.advance(10_000);
    await asking;
    assert.ok(backOff.until(them) !== undefined);
  });

  it('tries the endpoints in turn', async () => {
    const endpoints = ['one', 'two', 'three'].map((host) => ({ host, port: 1, hostHeader: 'them.test' }));
    const { ask, sent, backOff } = setUp(({ endpoint }) => {
      return endpoint.host === 'one' ? new FederationError('unreachable', '') : fine;
    }, endpoints);
    assert.equal((await ask()).status, 200);
    assert.deepEqual(
      sent.map(({ endpoint }) => endpoint.host),
      ['one', 'two'],
    );
    assert.equal(backOff.until(them), undefined);
  });

  it('includes discovery in the time it has', async () => {
    const clock = new FakeClock();
    const client = createFederationClient({
      serverName: us,
      signingKey: () => key,
      discovery: { endpointsOf: async () => await new Promise(() => undefined) },
      transport: { exchange: () => Promise.reject(new Error('not reached')) },
      backOff: createBackOff({ clock }),
      clock,
    });
    const request = { destination: them, method: 'GET', uri: '/', timeoutMs: 3000, maxResponseBytes: 1 } as const;
    const asking = assert.rejects(client.request(request), failsWith('timeout'));
    await clock.advance(3000);
    await asking;
  });

  it('reaches a server named localhost:PORT, or by its address', async () => {
    await using server = await startTlsServer({ dns: ['localhost'], ips: ['127.0.0.1'] }, (request, response) => {
      response.end(JSON.stringify({ host: request.headers.host }));
    });
    const names = new FakeNames();
    names.hosts.set('localhost', ['::1', '127.0.0.1']);
    const clock = new FakeClock();
    const guard = createAddressGuard({ allowedNetworks: ['127.0.0.0/8', '::1/128'] });
    const extraAuthorities = [server.certificate];
    await using transport = createTransport({ clock, names, guard, verifyCertificates: true, extraAuthorities });
    const wellKnown = { delegationOf: () => Promise.reject(new Error('not needed')) };
    const discovery = createServerDiscovery({ clock, names, wellKnown, log: new RecordingLog() });
    const backOff = createBackOff({ clock });
    const client = createFederationClient({
      serverName: us,
      signingKey: () => key,
      discovery,
      transport,
      backOff,
      clock,
    });
    for (const host of ['localhost', '127.0.0.1']) {
      const destination = serverNamed(`${host}:${server.port}`);
      const bounds = { timeoutMs: 5000, maxResponseBytes: 1000 };
      const answer = await client.request({ destination, method: 'GET', uri: '/_matrix/x', ...bounds });
      assert.deepEqual(answer, { status: 200, body: { host: destination } });
    }
  });
});
