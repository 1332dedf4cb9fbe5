import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { FakeNames } from '../../tests/support/federation-fakes.ts';
import { startTlsServer, type Answer } from '../../tests/support/tls-server.ts';
import { createAddressGuard } from './address-guard.ts';
import { FederationError, type FederationErrorType } from './federation-error.ts';
import { createTransport, type Endpoint, type HttpExchange, type TransportOptions } from './transport.ts';

const ok: Answer = (_, response) => response.end('{}');

interface Setup {
  dns?: string[];
  ips?: string[];
  allowedNetworks?: readonly string[];
  trusted?: boolean;
  options?: Partial<TransportOptions>;
}

async function setUp(answer: Answer, setup: Setup = {}) {
  const { dns = ['a.test'], ips = [], allowedNetworks = ['127.0.0.1/32', '::1/128'], trusted = true } = setup;
  const server = await startTlsServer({ dns, ips }, answer);
  const names = new FakeNames();
  names.hosts.set('a.test', ['127.0.0.1']);
  const clock = new FakeClock();
  const transport = createTransport({
    clock,
    names,
    guard: createAddressGuard({ allowedNetworks }),
    verifyCertificates: true,
    extraAuthorities: trusted ? [server.certificate] : [],
    ...setup.options,
  });
  const stack = new AsyncDisposableStack();
  stack.use(server);
  stack.use(transport);
  const ask = async (endpoint: Partial<Endpoint> = {}, more: Partial<HttpExchange> = {}) => {
    const target = { host: 'a.test', port: server.port, hostHeader: 'a.test', ...endpoint };
    const bounds = { timeoutMs: 5000, maxResponseBytes: 1000 };
    return await transport.exchange({ endpoint: target, method: 'GET', path: '/x?y=%2F', ...bounds, ...more });
  };
  return { server, names, clock, transport, ask, [Symbol.asyncDispose]: async () => await stack.disposeAsync() };
}

function failsWith(type: FederationErrorType) {
  return (error: unknown) => {
    assert.ok(error instanceof FederationError, String(error));
    assert.equal(error.type, type, error.message);
    return true;
  };
}

describe('transport', () => {
  it('sends what it is given, and gives back what is answered', async () => {
    const answer: Answer = (request, response) => {
      const { method, url, headers } = request;
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.writeHead(418, { 'x-a': 'b' });
        response.end(JSON.stringify([method, url, headers.host, headers['x-test'], body]));
      });
    };
    await using net = await setUp(answer);
    const result = await net.ask({}, { method: 'PUT', body: '{"a":1}', headers: { 'x-test': 'yes' } });
    assert.equal(result.status, 418);
    assert.equal(result.headers['x-a'], 'b');
    assert.deepEqual(JSON.parse(Buffer.from(result.bytes).toString()), ['PUT', '/x?y=%2F', 'a.test', 'yes', '{"a":1}']);
  });

  it('does not follow redirects', async () => {
    await using net = await setUp((_, response) => response.writeHead(302, { location: '/other' }).end());
    assert.equal((await net.ask()).status, 302);
  });

  it('uses a connection again', async () => {
    await using net = await setUp(ok);
    for (let i = 0; i < 10; i += 1) await net.ask();
    // The next request may come just before the connection of the last is free again.
    assert.ok(net.server.connections.length <= 2);
  });

  it('opens no more connections to one destination than it may', async () => {
    await using net = await setUp(ok, { options: { maxSocketsPerDestination: 2 } });
    await Promise.all(Array.from({ length: 20 }, async () => await net.ask()));
    assert.ok(net.server.connections.length <= 2);
  });

  it('asks once more where a kept connection has been closed', async () => {
    let count = 0;
    const answer: Answer = (request, response) => {
      count += 1;
      if (count === 2) request.socket.destroy();
      else response.end('{}');
    };
    await using net = await setUp(answer);
    await net.ask();
    assert.equal((await net.ask()).status, 200);
    assert.equal(count, 3);
  });
});

describe('transport: certificates', () => {
  it('checks the certificate against the name asked for, not the host connected to', async () => {
    await using net = await setUp(ok, { dns: ['matrix.test'] });
    net.names.hosts.set('srv-target.test', ['127.0.0.1']);
    await net.ask({ host: 'srv-target.test', hostHeader: 'matrix.test' });
    assert.deepEqual(net.server.connections, ['matrix.test']);
    await assert.rejects(net.ask({ host: 'srv-target.test', hostHeader: 'srv-target.test' }), failsWith('tls'));
  });

  it('leaves the port out of the name', async () => {
    await using net = await setUp(ok);
    await net.ask({ hostHeader: `a.test:${net.server.port}` });
    assert.deepEqual(net.server.connections, ['a.test']);
  });

  it('sends no SNI for addresses, and wants a certificate for the address', async () => {
    await using net = await setUp(ok, { dns: [], ips: ['127.0.0.1'] });
    await net.ask({ host: '127.0.0.1', hostHeader: `127.0.0.1:${net.server.port}` });
    assert.deepEqual(net.server.connections, [false]);
    await using other = await setUp(ok, { dns: ['127.0.0.1.test'], ips: ['127.0.0.9'] });
    await assert.rejects(other.ask({ host: '127.0.0.1', hostHeader: '127.0.0.1' }), failsWith('tls'));
  });

  it('refuses unknown authorities, unless told not to verify', async () => {
    await using net = await setUp(ok, { trusted: false });
    await assert.rejects(net.ask(), failsWith('tls'));
    await using careless = await setUp(ok, { trusted: false, options: { verifyCertificates: false } });
    assert.equal((await careless.ask()).status, 200);
  });
});

describe('transport: addresses', () => {
  for (const host of ['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254', '::ffff:127.0.0.1']) {
    it(`does not connect to the literal ${host}`, async () => {
      await using net = await setUp(ok, { allowedNetworks: [] });
      await assert.rejects(net.ask({ host, hostHeader: host }), failsWith('refusedAddress'));
      assert.deepEqual(net.names.asked, []);
      assert.equal(net.server.connections.length, 0);
    });
  }

  for (const host of ['a.test', '127.1', '0x7f000001', '2130706433']) {
    it(`does not connect to ${host} where it means a private address`, async () => {
      await using net = await setUp(ok, { allowedNetworks: [] });
      net.names.hosts.set(host, ['127.0.0.1', '::1', '10.0.0.1']);
      await assert.rejects(net.ask({ host, hostHeader: host }), failsWith('refusedAddress'));
      assert.equal(net.server.connections.length, 0);
    });
  }

  it('leaves private addresses out where there are others', async () => {
    await using net = await setUp(ok);
    net.names.hosts.set('a.test', ['10.0.0.1', '127.0.0.2', '127.0.0.1']);
    assert.equal((await net.ask()).status, 200);
  });

  it('checks the address of every connection anew: a name may be bound to another one', async () => {
    await using net = await setUp((_, response) => response.writeHead(200, { connection: 'close' }).end('{}'));
    assert.equal((await net.ask()).status, 200);
    net.names.hosts.set('a.test', ['127.0.0.2']);
    await assert.rejects(net.ask(), failsWith('refusedAddress'));
  });

  it('tries the addresses of a name in turn', async () => {
    await using net = await setUp(ok);
    net.names.hosts.set('a.test', ['::1', '127.0.0.1']);
    assert.equal((await net.ask()).status, 200);
  });

  it('says that a server cannot be reached', async () => {
    await using net = await setUp(ok);
    await assert.rejects(net.ask({ host: 'unknown.test', hostHeader: 'unknown.test' }), failsWith('unreachable'));
    await assert.rejects(net.ask({ port: 1 }), failsWith('unreachable'));
  });
});

describe('transport: bounds', () => {
  it('reads no body larger than allowed, declared or not', async () => {
    await using declared = await setUp((_, response) => response.end('x'.repeat(1001)));
    await assert.rejects(declared.ask(), failsWith('tooLarge'));
    assert.equal((await declared.ask({}, { maxResponseBytes: 1001 })).bytes.byteLength, 1001);
    const endless: Answer = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(100)));
        response.once('drain', more);
      };
      more();
    };
    await using streamed = await setUp(endless);
    await assert.rejects(streamed.ask(), failsWith('tooLarge'));
  });

  it('reads no endless headers', async () => {
    await using net = await setUp((_, response) => response.writeHead(200, { 'x-long': 'x'.repeat(60_000) }).end());
    await assert.rejects(net.ask(), failsWith('tooLarge'));
  });

  for (const [what, answer] of silentServers()) {
    it(`gives up when time has passed: ${what}`, async () => {
      const { promise: reached, resolve } = Promise.withResolvers<undefined>();
      await using net = await setUp((request, response) => {
        answer(request, response);
        resolve(undefined);
      });
      const asking = assert.rejects(net.ask(), failsWith('timeout'));
      await reached;
      await net.clock.advance(5000);
      await asking;
      assert.equal(net.clock.sleeping, 0);
    });
  }

  it('ends when the caller wants it to, with the reason of the caller', async () => {
    const { promise: reached, resolve } = Promise.withResolvers<undefined>();
    await using net = await setUp(() => resolve(undefined));
    const controller = new AbortController();
    const reason = new Error('not needed any more');
    const asking = assert.rejects(net.ask({}, { signal: controller.signal }), reason);
    await reached;
    controller.abort(reason);
    await asking;
  });

  it('lets no slow destination keep others waiting', async () => {
    await using slow = await setUp(() => undefined);
    await using quick = await setUp(ok);
    const waiting = Array.from({ length: 50 }, async () => await assert.rejects(slow.ask()));
    const endpoint = { port: quick.server.port };
    await slow.transport
      .exchange({
        endpoint: { host: '127.0.0.1', hostHeader: 'a.test', ...endpoint },
        method: 'GET',
        path: '/',
        timeoutMs: 5000,
        maxResponseBytes: 10,
      })
      .catch((error: unknown) => assert.ok(failsWith('tls')(error)));
    await slow.transport[Symbol.asyncDispose]();
    await Promise.all(waiting);
  });

  it('asks nothing once it is closed', async () => {
    const net = await setUp(ok);
    await net.ask();
    await net[Symbol.asyncDispose]();
    await assert.rejects(net.ask(), failsWith('unreachable'));
  });
});

function silentServers(): readonly (readonly [string, Answer])[] {
  return [
    ['no answer', () => undefined],
    ['headers alone', (_, response) => response.flushHeaders()],
    ['half a body', (_, response) => response.writeHead(200, { 'content-length': '10' }).write('{')],
  ];
}
