import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { keyIdOf, publishedKeys, serverNamed, testKey } from '../../tests/support/federation-fakes.ts';
import type { SigningKey } from '../protocol/ed25519.ts';
import { parsePdu, type Pdu } from '../protocol/events.ts';
import type { VerifyKey } from '../protocol/key-documents.ts';
import type { KeyId } from '../protocol/ids/key-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { own, withKeys, type JsonObject } from '../protocol/json.ts';
import { roomVersionRules } from '../protocol/room-versions.ts';
import { addSignature, hashAndSignEvent, signEvent } from '../protocol/signing.ts';
import { createEventVerifier } from './event-verifier.ts';
import type { KeysFailure } from './fetch-pauses.ts';
import type { KeyQuery, KeysFound } from './key-ring.ts';
import type { KeysById } from './known-keys.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = new FakeClock().now();
const origin = serverNamed('origin.test');
const key = testKey('ed25519:a', 1);
const second = testKey('ed25519:b', 2);
const timeoutMs = 1000;

function rulesOf(version: string) {
  const rules = roomVersionRules(version);
  if (rules === undefined) throw new TypeError(`no room version ${version}`);
  return rules;
}

function draft(more: JsonObject = {}): JsonObject {
  return {
    type: 'm.room.message',
    room_id: '!room:origin.test',
    sender: '@alice:origin.test',
    content: { body: 'hello' },
    origin_server_ts: NOW,
    depth: 5,
    prev_events: [],
    auth_events: [],
    ...more,
  };
}

function parse(raw: JsonObject, version = '11'): Pdu {
  const parsed = parsePdu(raw, rulesOf(version));
  if (!parsed.ok) throw new TypeError(parsed.reason.detail);
  return parsed.pdu;
}

function signed(more: JsonObject = {}, by: readonly SigningKey[] = [key], version = '11'): Pdu {
  const rules = rulesOf(version);
  const [first = key, ...others] = by;
  let raw = hashAndSignEvent(draft(more), rules, origin, first);
  for (const other of others) raw = signEvent(raw, rules, origin, other);
  return parse(raw, version);
}

/** Keys known at once, keys known after a fetch, and what a fetch that does not help says. */
function setUp(
  cached: readonly SigningKey[],
  fetchable: readonly SigningKey[] | KeysFailure = [],
  validUntilTs = NOW + DAY_MS,
) {
  const known = (keys: readonly SigningKey[]): KeysById => {
    return new Map<KeyId, VerifyKey>(keys.flatMap((one) => [...publishedKeys('origin.test', one, validUntilTs).keys]));
  };
  const queries: ReadonlyMap<ServerName, readonly KeyQuery[]>[] = [];
  const failure: KeysFailure = 'type' in fetchable ? fetchable : { type: 'unknown', detail: 'not published' };
  const keyRing = {
    cached: (name: ServerName) => (name === origin ? known(cached) : undefined),
    async keysForAll(asked: ReadonlyMap<ServerName, readonly KeyQuery[]>) {
      queries.push(asked);
      const keys = known('type' in fetchable ? cached : [...cached, ...fetchable]);
      const found = (name: ServerName): KeysFound =>
        name === origin ? { keys, failed: failure } : { keys: new Map(), failed: failure };
      return new Map([...asked.keys()].map((name) => [name, found(name)]));
    },
  };
  const clock = new FakeClock();
  return { verifier: createEventVerifier({ keyRing, clock }), queries };
}

const unreachable: KeysFailure = { type: 'unavailable', detail: 'down' };

describe('event verifier', () => {
  it('verifies with cached keys alone', async () => {
    const { verifier, queries } = setUp([key]);
    assert.deepEqual(await verifier.verify(signed(), { timeoutMs }), { ok: true });
    assert.deepEqual(await verifier.verify(signed({}, [key, second]), { timeoutMs }), { ok: true });
    assert.deepEqual(queries, []);
  });

  it('refuses wrong and missing signatures without asking for keys', async () => {
    const { verifier, queries } = setUp([key]);
    const changed = parse(withKeys(signed().raw, new Map([['depth', 6]])));
    const unsigned = parse(withKeys(signed().raw, new Map([['signatures', {}]])));
    const forged = signed({}, [testKey('ed25519:a', 7)]);
    const elsewhere = parse(addSignature(unsigned.raw, 'other.test', 'ed25519:a', 'abc'));
    for (const pdu of [changed, unsigned, forged, elsewhere]) {
      const result = await verifier.verify(pdu, { timeoutMs });
      assert.ok(!result.ok && result.reason.type === 'signature');
    }
    assert.deepEqual(queries, []);
  });

  it('refuses a wrong signature by a known key beside a right one', async () => {
    const { verifier } = setUp([key, second]);
    const pdu = parse(addSignature(signed().raw, origin, second.keyId, 'AAAA'));
    assert.equal((await verifier.verify(pdu, { timeoutMs })).ok, false);
  });

  it('fetches unknown keys', async () => {
    const { verifier, queries } = setUp([], [key]);
    assert.deepEqual(await verifier.verify(signed(), { timeoutMs }), { ok: true });
    const query = { keyIds: [key.keyId], minimumValidUntilTs: NOW };
    assert.deepEqual(queries, [new Map([[origin, [query]]])]);
  });

  it('tells unknown keys from keys that could not be asked for', async () => {
    const lost = await setUp([], unreachable).verifier.verify(signed(), { timeoutMs });
    assert.ok(!lost.ok && lost.reason.type === 'keysUnavailable');
    const unknown = await setUp([second], []).verifier.verify(signed(), { timeoutMs });
    assert.ok(!unknown.ok && unknown.reason.type === 'signature');
  });

  it('looks at the validity of keys from room version 5 on', async () => {
    const late = { origin_server_ts: NOW + 2 * DAY_MS };
    const { verifier, queries } = setUp([key]);
    assert.equal((await verifier.verify(signed(late), { timeoutMs })).ok, false);
    assert.equal(queries[0]?.get(origin)?.[0]?.minimumValidUntilTs, NOW + 2 * DAY_MS);
    assert.equal((await verifier.verify(signed(late, [key], '4'), { timeoutMs })).ok, true);
  });

  it('asks for no key that is valid longer than any can be', async () => {
    const { verifier, queries } = setUp([key]);
    await verifier.verify(signed({ origin_server_ts: Number.MAX_SAFE_INTEGER }), { timeoutMs });
    assert.equal(queries[0]?.get(origin)?.[0]?.minimumValidUntilTs, NOW + 7 * DAY_MS);
  });

  it('wants the signature of the server that authorised a restricted join', async () => {
    const content = { membership: 'join', join_authorised_via_users_server: '@mod:other.test' };
    const join = { type: 'm.room.member', state_key: '@alice:origin.test', content };
    const { verifier } = setUp([key]);
    const result = await verifier.verify(signed(join), { timeoutMs });
    assert.ok(!result.ok && result.reason.type === 'signature');
    const raw = signEvent(signed(join).raw, rulesOf('11'), serverNamed('other.test'), second);
    const there = await setUp([key], unreachable).verifier.verify(parse(raw), { timeoutMs });
    assert.ok(!there.ok && there.reason.type === 'keysUnavailable');
  });
});

describe('event verifier: many events', () => {
  it('answers in their order, and fetches once', async () => {
    const { verifier, queries } = setUp([key], [second]);
    const pdus = Array.from({ length: 230 }, (_, index) => {
      if (index % 3 === 0) return signed({ depth: index });
      if (index % 3 === 1) return signed({ depth: index }, [second]);
      return parse(withKeys(signed({ depth: index }).raw, new Map([['depth', index + 1]])));
    });
    const results = await verifier.verifyAll(pdus, { timeoutMs });
    assert.deepEqual(
      results.map(({ ok }) => ok),
      pdus.map((_, index) => index % 3 !== 2),
    );
    assert.equal(queries.length, 1);
  });

  it('asks for each key that is needed, not for any one of them', async () => {
    const { verifier, queries } = setUp([], []);
    const pdus = [
      signed(),
      signed({ depth: 6, origin_server_ts: NOW - 5 }),
      signed({}, [second]),
      signed({}, [key, second]),
    ];
    await verifier.verifyAll(pdus, { timeoutMs });
    const asked = queries[0]?.get(origin)?.map(({ keyIds }) => keyIds);
    assert.deepEqual(asked, [[key.keyId], [second.keyId], [key.keyId, second.keyId]]);
  });

  it('lets others in between', async () => {
    const { verifier } = setUp([key]);
    const pdus = Array.from({ length: 120 }, (_, index) => signed({ depth: index }));
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    await verifier.verifyAll(pdus, { timeoutMs });
    clearImmediate(next);
    assert.ok(turns >= 2);
  });

  it('has no answer for no events, and stumbles over no signatures block', async () => {
    const { verifier } = setUp([key]);
    assert.deepEqual(await verifier.verifyAll([], { timeoutMs }), []);
    const good = own(signed().raw, 'hashes') ?? null;
    const blocks: JsonObject[] = [
      { 'origin.test': {} },
      JSON.parse('{"__proto__":{"ed25519:a":"x"}}') as JsonObject,
      JSON.parse('{"origin.test":{"__proto__":"x","ed25519:":"y",":":"z"}}') as JsonObject,
      { 'origin.test': { 'ed25519:a': 'not base64!' } },
      { 'origin.test': { 'rsa:a': 'AAAA' } },
      {
        'origin.test': Object.fromEntries(
          Array.from({ length: 300 }, (_, index) => [keyIdOf(`ed25519:k${index}`), 'AAAA']),
        ),
      },
    ];
    const pdus = blocks.map((signatures) => parse({ ...draft(), hashes: good, signatures }));
    const results = await verifier.verifyAll(pdus, { timeoutMs });
    assert.ok(results.every((result) => !result.ok && result.reason.type === 'signature'));
  });
});
