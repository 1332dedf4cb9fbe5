import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { FakeNames, RecordingLog } from '../../tests/support/federation-fakes.ts';
import { startTlsServer } from '../../tests/support/tls-server.ts';
import { createAddressGuard } from './address-guard.ts';
import { FederationError } from './federation-error.ts';
import { createTransport, type HttpAnswer, type HttpExchange, type Transport } from './transport.ts';
import { createWellKnownLookup, DEFAULT_TTL_MS, MAX_TTL_MS, MIN_TTL_MS } from './well-known.ts';

const MINUTE_MS = 60_000;
type Reply = HttpAnswer | Error;

function reply(status: number, body: string, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers: { date: new Date().toUTCString(), ...headers }, bytes: Buffer.from(body) };
}

function delegation(name: string, headers: Record<string, string> = {}): HttpAnswer {
  return reply(200, JSON.stringify({ 'm.server': name }), headers);
}

function lookup(answer: (url: string, count: number) => Reply) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const transport = {
    async exchange({ endpoint, path }: HttpExchange) {
      const url = `${endpoint.hostHeader} ${endpoint.host} ${endpoint.port} ${path}`;
      asked.push(url);
      const result = answer(url, asked.length);
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const wellKnown = createWellKnownLookup({ clock, transport, log: new RecordingLog(), random: () => 0.5 });
  return { wellKnown, clock, asked };
}

describe('.well-known/matrix/server', () => {
  it('is asked for at port 443, and read whatever its Content-Type', async () => {
    const { wellKnown, asked } = lookup(() => delegation('b.test:99', { 'content-type': 'text/html' }));
    assert.equal(await wellKnown.delegationOf('a.test'), 'b.test:99');
    assert.deepEqual(asked, ['a.test a.test 443 /.well-known/matrix/server']);
  });

  const invalid: readonly (readonly [string, Reply])[] = [
    ['no JSON', reply(200, '<html>')],
    ['no object', reply(200, '[]')],
    ['no m.server', reply(200, '{"m.homeserver":{}}')],
    ['m.server of another type', reply(200, '{"m.server":1}')],
    ['m.server that is no server name', delegation('https://b.test')],
    ['m.server with a bad port', delegation('b.test:port')],
    ['m.server inherited', reply(200, '{"__proto__":{"m.server":"b.test"}}')],
    ['not found', reply(404, '{"m.server":"b.test"}')],
    ['a server error', reply(500, '')],
    ['no UTF-8', { status: 200, headers: {}, bytes: Buffer.from([0xff, 0xfe]) }],
    ['a redirect without target', reply(302, '')],
    ['a redirect to nowhere', reply(302, '', { location: 'https://' })],
    ['a redirect to plain http', reply(302, '', { location: 'http://a.test/x' })],
    ['a redirect to another scheme', reply(302, '', { location: 'file:///etc/passwd' })],
    ['a body too large', new FederationError('tooLarge', 'too large')],
    ['an unreachable host', new FederationError('unreachable', 'refused')],
  ];
  for (const [what, answer] of invalid) {
    it(`delegates to nobody with ${what}`, async () => {
      const { wellKnown } = lookup(() => answer);
      assert.equal(await wellKnown.delegationOf('a.test'), undefined);
    });
  }

  for (const host of ['a..b', '-', '...', '1.2.3.4.5', 'xn--a', 'a'.repeat(255)]) {
    it(`does not stumble over the host ${host.slice(0, 20)}`, async () => {
      const { wellKnown } = lookup(() => reply(404, ''));
      assert.equal(await wellKnown.delegationOf(host), undefined);
    });
  }

  it('follows redirects, relative ones and ones to other ports', async () => {
    const { wellKnown, asked } = lookup((_, count) => {
      if (count === 1) return reply(301, '', { location: '/other?x=1' });
      if (count === 2) return reply(308, '', { location: 'https://c.test:4443/y' });
      return delegation('b.test');
    });
    assert.equal(await wellKnown.delegationOf('a.test'), 'b.test');
    assert.deepEqual(asked.slice(1), ['a.test a.test 443 /other?x=1', 'c.test:4443 c.test 4443 /y']);
  });

  it('leaves a loop of redirects at once', async () => {
    const { wellKnown, asked } = lookup((url) => reply(302, '', { location: url.endsWith('/a') ? '/b' : '/a' }));
    assert.equal(await wellKnown.delegationOf('a.test'), undefined);
    assert.equal(asked.length, 3);
  });

  it('follows no endless chain of redirects', async () => {
    const { wellKnown, asked } = lookup((_, count) => reply(302, '', { location: `/${count}` }));
    assert.equal(await wellKnown.delegationOf('a.test'), undefined);
    assert.equal(asked.length, 6);
  });

  it('shares one request between those who ask at once', async () => {
    const { wellKnown, asked } = lookup(() => delegation('b.test'));
    const answers = await Promise.all(Array.from({ length: 5 }, async () => await wellKnown.delegationOf('a.test')));
    assert.deepEqual(new Set(answers), new Set(['b.test']));
    assert.equal(asked.length, 1);
  });
});

describe('.well-known caching', () => {
  const now = new Date();
  const inTwoHours = new Date(now.getTime() + 2 * 60 * MINUTE_MS).toUTCString();
  const lifetimes: readonly (readonly [string, Record<string, string>, number])[] = [
    ['nothing said', {}, DEFAULT_TTL_MS],
    ['only public', { 'cache-control': 'public' }, DEFAULT_TTL_MS],
    ['max-age', { 'cache-control': 'max-age=7200' }, 7_200_000],
    ['max-age with age', { 'cache-control': 'max-age=7200', age: '3600' }, 3_600_000],
    ['private', { 'cache-control': 'private, max-age=7200' }, 7_200_000],
    ['too long', { 'cache-control': 'max-age=31536000' }, MAX_TTL_MS],
    ['too short', { 'cache-control': 'max-age=1' }, MIN_TTL_MS],
    ['not at all', { 'cache-control': 'no-store' }, MIN_TTL_MS],
    ['nonsense', { 'cache-control': 'max-age=soon' }, MIN_TTL_MS],
    ['expires', { expires: inTwoHours, date: now.toUTCString() }, 7_200_000],
  ];
  for (const [what, headers, ttl] of lifetimes) {
    it(`lasts ${ttl / MINUTE_MS} minutes with ${what}`, async () => {
      const { wellKnown, clock, asked } = lookup(() => delegation('b.test', headers));
      await wellKnown.delegationOf('a.test');
      await clock.advance(ttl - MINUTE_MS);
      await wellKnown.delegationOf('a.test');
      assert.equal(asked.length, 1);
      await clock.advance(2 * MINUTE_MS);
      await wellKnown.delegationOf('a.test');
      assert.equal(asked.length, 2);
    });
  }

  it('asks a failing host ever more rarely, but every hour', async () => {
    const { wellKnown, clock, asked } = lookup(() => reply(500, ''));
    const times: number[] = [];
    for (let minute = 0; minute < 300; minute += 1) {
      const before = asked.length;
      await wellKnown.delegationOf('a.test');
      if (asked.length > before) times.push(minute);
      await clock.advance(MINUTE_MS);
    }
    assert.deepEqual(times, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it('keeps a recent delegation through failures, for two hours', async () => {
    let works = true;
    const { wellKnown, clock } = lookup(() => (works ? delegation('b.test') : reply(503, '')));
    await wellKnown.delegationOf('a.test');
    works = false;
    await clock.advance(DEFAULT_TTL_MS + MINUTE_MS);
    assert.equal(await wellKnown.delegationOf('a.test'), 'b.test');
    await clock.advance(60 * MINUTE_MS);
    assert.equal(await wellKnown.delegationOf('a.test'), 'b.test');
    await clock.advance(62 * MINUTE_MS);
    assert.equal(await wellKnown.delegationOf('a.test'), undefined);
    works = true;
    await clock.advance(60 * MINUTE_MS);
    assert.equal(await wellKnown.delegationOf('a.test'), 'b.test');
  });
});

/** Ports 443 are the test server's. */
function onTestPort(transport: Transport, port: number): Pick<Transport, 'exchange'> {
  return {
    exchange: async (exchange) => {
      const { endpoint } = exchange;
      return await transport.exchange({
        ...exchange,
        endpoint: { ...endpoint, port: endpoint.port === 443 ? port : endpoint.port },
      });
    },
  };
}

describe('.well-known over TLS', () => {
  const redirects: readonly (readonly [string, string])[] = [
    ['a private address', 'https://127.0.0.2/x'],
    ['a private address in a spelling of its own', 'https://0x7f000002/x'],
    ['a private IPv6 address', 'https://[::ffff:127.0.0.2]/x'],
    ['a name that means a private address', 'https://inside.test/x'],
  ];
  for (const [what, location] of redirects) {
    it(`is not led to ${what}`, async () => {
      const requests: string[] = [];
      await using server = await startTlsServer({ dns: ['a.test', 'inside.test'] }, (request, response) => {
        requests.push(request.url ?? '');
        response.writeHead(302, { location }).end();
      });
      const names = new FakeNames();
      names.hosts.set('a.test', ['127.0.0.1']);
      names.hosts.set('inside.test', ['127.0.0.2', '10.0.0.1']);
      const guard = createAddressGuard({ allowedNetworks: ['127.0.0.1/32'] });
      const clock = new FakeClock();
      await using transport = createTransport({ clock, names, guard, verifyCertificates: false });
      const exchange = onTestPort(transport, server.port);
      const wellKnown = createWellKnownLookup({ clock, transport: exchange, log: new RecordingLog() });
      assert.equal(await wellKnown.delegationOf('a.test'), undefined);
      assert.deepEqual(requests, ['/.well-known/matrix/server']);
    });
  }

  it('reads no more than 50 KiB', async () => {
    const big = { 'm.server': 'b.test', padding: 'x'.repeat(50 * 1024) };
    await using server = await startTlsServer({ dns: ['a.test'] }, (_, response) => response.end(JSON.stringify(big)));
    const names = new FakeNames();
    names.hosts.set('a.test', ['127.0.0.1']);
    const guard = createAddressGuard({ allowedNetworks: ['127.0.0.0/8'] });
    const clock = new FakeClock();
    await using transport = createTransport({ clock, names, guard, verifyCertificates: false });
    const exchange = onTestPort(transport, server.port);
    const wellKnown = createWellKnownLookup({ clock, transport: exchange, log: new RecordingLog() });
    assert.equal(await wellKnown.delegationOf('a.test'), undefined);
  });
});
