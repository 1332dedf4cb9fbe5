import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { FakeNames, RecordingLog, serverNamed } from '../../tests/support/federation-fakes.ts';
import { FederationError } from './federation-error.ts';
import type { SrvRecord } from './ports.ts';
import { createServerDiscovery, firstStep, stepAfterServices } from './server-discovery.ts';

function srv(target: string, port: number, priority = 10, weight = 0): SrvRecord {
  return { target, port, priority, weight };
}

function discover(options: {
  wellKnown?: Record<string, string>;
  records?: Record<string, readonly SrvRecord[] | Error>;
}) {
  const names = new FakeNames();
  for (const [name, records] of Object.entries(options.records ?? {})) names.records.set(name, records);
  const asked: string[] = [];
  const wellKnown = {
    async delegationOf(host: string) {
      asked.push(host);
      const name = options.wellKnown?.[host];
      return name === undefined ? undefined : serverNamed(name);
    },
  };
  const clock = new FakeClock();
  const discovery = createServerDiscovery({ clock, wellKnown, names, log: new RecordingLog(), random: () => 0.5 });
  return { discovery, names, asked, clock };
}

interface Case {
  step: string;
  name: string;
  wellKnown?: Record<string, string>;
  records?: Record<string, readonly SrvRecord[] | Error>;
  endpoints: readonly (readonly [string, number, string])[];
  /** The names that are looked up on the way. */
  lookups?: readonly string[];
}

const fed = (host: string) => `_matrix-fed._tcp.${host}`;
const old = (host: string) => `_matrix._tcp.${host}`;

const cases: readonly Case[] = [
  { step: '1: IPv4 literal', name: '1.2.3.4', endpoints: [['1.2.3.4', 8448, '1.2.3.4']] },
  { step: '1: IPv4 literal and port', name: '1.2.3.4:99', endpoints: [['1.2.3.4', 99, '1.2.3.4:99']] },
  { step: '1: IPv6 literal', name: '[2001:db8::1]', endpoints: [['2001:db8::1', 8448, '[2001:db8::1]']] },
  { step: '1: IPv6 literal and port', name: '[::1]:99', endpoints: [['::1', 99, '[::1]:99']] },
  {
    step: '2: explicit port',
    name: 'a.test:99',
    wellKnown: { 'a.test': 'b.test' },
    endpoints: [['a.test', 99, 'a.test:99']],
  },
  { step: '2: port 443', name: 'localhost:443', endpoints: [['localhost', 443, 'localhost:443']] },
  {
    step: '3.1: to an IP literal',
    name: 'a.test',
    wellKnown: { 'a.test': '1.2.3.4' },
    endpoints: [['1.2.3.4', 8448, '1.2.3.4']],
  },
  {
    step: '3.1: to an IPv6 literal and port',
    name: 'a.test',
    wellKnown: { 'a.test': '[::1]:1' },
    endpoints: [['::1', 1, '[::1]:1']],
  },
  {
    step: '3.2: to an explicit port',
    name: 'a.test',
    wellKnown: { 'a.test': 'b.test:99' },
    endpoints: [['b.test', 99, 'b.test:99']],
  },
  {
    step: '3.3: to SRV _matrix-fed',
    name: 'a.test',
    wellKnown: { 'a.test': 'b.test' },
    records: { [fed('b.test')]: [srv('c.test.', 99)], [old('b.test')]: [srv('d.test', 98)] },
    endpoints: [['c.test', 99, 'b.test']],
    lookups: [fed('b.test')],
  },
  {
    step: '3.4: to SRV _matrix',
    name: 'a.test',
    wellKnown: { 'a.test': 'b.test' },
    records: { [old('b.test')]: [srv('d.test', 98)] },
    endpoints: [['d.test', 98, 'b.test']],
  },
  {
    step: '3.5: to port 8448',
    name: 'a.test',
    wellKnown: { 'a.test': 'b.test' },
    endpoints: [['b.test', 8448, 'b.test']],
  },
  {
    step: '3: delegations are not followed further',
    name: 'a.test',
    wellKnown: { 'a.test': 'b.test', 'b.test': 'c.test' },
    endpoints: [['b.test', 8448, 'b.test']],
  },
  {
    step: '4: SRV _matrix-fed',
    name: 'a.test',
    records: { [fed('a.test')]: [srv('c.test', 99)] },
    endpoints: [['c.test', 99, 'a.test']],
    lookups: [fed('a.test')],
  },
  {
    step: '5: SRV _matrix',
    name: 'a.test',
    records: { [old('a.test')]: [srv('d.test', 98)] },
    endpoints: [['d.test', 98, 'a.test']],
  },
  {
    step: '6: port 8448',
    name: 'a.test',
    endpoints: [['a.test', 8448, 'a.test']],
    lookups: [fed('a.test'), old('a.test')],
  },
  {
    step: '6: also where DNS does not answer',
    name: 'a.test',
    records: { [fed('a.test')]: new Error('SERVFAIL'), [old('a.test')]: new Error('timeout') },
    endpoints: [['a.test', 8448, 'a.test']],
  },
  {
    step: '4: priorities',
    name: 'a.test',
    records: { [fed('a.test')]: [srv('last', 3, 30), srv('first', 1, 1), srv('second', 2, 2)] },
    endpoints: [
      ['first', 1, 'a.test'],
      ['second', 2, 'a.test'],
      ['last', 3, 'a.test'],
    ],
  },
];

describe('resolving server names', () => {
  for (const { step, name, endpoints, lookups, ...options } of cases) {
    it(`step ${step}`, async () => {
      const { discovery, names } = discover(options);
      const found = await discovery.endpointsOf(serverNamed(name));
      assert.deepEqual(
        found.map(({ host, port, hostHeader }) => [host, port, hostHeader]),
        endpoints,
      );
      if (lookups !== undefined) assert.deepEqual(names.asked, lookups);
    });
  }

  it('asks no .well-known where the name says it all', async () => {
    const { discovery, asked } = discover({});
    for (const name of ['1.2.3.4', '[::1]', 'a.test:1']) await discovery.endpointsOf(serverNamed(name));
    assert.deepEqual(asked, []);
  });

  it('takes the target "." for the statement that there is no server', async () => {
    const { discovery } = discover({
      records: { [fed('a.test')]: [srv('.', 0)], [old('a.test')]: [srv('d.test', 98)] },
    });
    await assert.rejects(discovery.endpointsOf(serverNamed('a.test')), (error: unknown) => {
      return error instanceof FederationError && error.type === 'discovery';
    });
  });

  it('looks records up again after five minutes', async () => {
    const { discovery, names, clock } = discover({ records: { [fed('a.test')]: [srv('c.test', 99)] } });
    const ask = async () => await discovery.endpointsOf(serverNamed('a.test'));
    await ask();
    await ask();
    assert.equal(names.asked.length, 1);
    await clock.advance(5 * 60_000);
    await ask();
    assert.equal(names.asked.length, 2);
  });

  it('has no step for what is no server name', () => {
    for (const text of ['', 'a.test:', 'a.test:port', 'a.test:99999', 'a b', '[::1', 'a.test/x', 'a@b']) {
      assert.equal(firstStep(text), undefined, text);
    }
  });

  it('prefers records of greater weight, and gives every record once', () => {
    const records = [srv('light', 1, 1, 1), srv('heavy', 2, 1, 99), srv('none', 3, 1, 0), srv('spare', 4, 2, 5)];
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (number) => {
        const step = stepAfterServices('a.test', records, () => number);
        if (step.type !== 'connect') assert.fail(step.type);
        const order = step.endpoints.map(({ host }) => host);
        assert.deepEqual(order.toSorted(), ['heavy', 'light', 'none', 'spare']);
        assert.equal(order.at(-1), 'spare');
        if (number > 0.01) assert.equal(order[0], 'heavy');
      }),
    );
  });
});
