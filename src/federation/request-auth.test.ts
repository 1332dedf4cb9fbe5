import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { publishedKeys, serverNamed, testKey } from '../../tests/support/federation-fakes.ts';
import { makeServerKeys, parseServerKeys, type ServerKeys } from '../protocol/key-documents.ts';
import { signText, type SigningKey } from '../protocol/ed25519.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { authorizeRequest, formatXMatrix } from '../protocol/x-matrix.ts';
import type { KeysFound } from './key-ring.ts';
import { createRequestAuth, type AuthFailure, type InboundRequest } from './request-auth.ts';

const us = serverNamed('us.test');
const origin = serverNamed('origin.test');
const key = testKey('ed25519:a', 1);
const second = testKey('ed25519:b', 2);
const ours = testKey('ed25519:own', 9);
const method = 'PUT';
const uri = '/_matrix/federation/v1/send/1?x=%20';
const DAY_MS = 24 * 60 * 60 * 1000;

/** `cached` is known at once, `fetchable` only after a fetch. */
function setUp(options: { cached?: readonly ServerKeys[]; fetchable?: readonly ServerKeys[] } = {}) {
  const clock = new FakeClock();
  const own = publishedKeys('us.test', ours, clock.now() + DAY_MS);
  const known = [...(options.cached ?? [publishedKeys('origin.test', key, clock.now() + DAY_MS)]), own];
  const fetched: ServerName[] = [];
  const alive: ServerName[] = [];
  const keyRing = {
    cached: (name: ServerName) => known.find(({ serverName }) => serverName === name)?.keys,
    async keysFor(name: ServerName): Promise<KeysFound> {
      fetched.push(name);
      const found = options.fetchable?.find(({ serverName }) => serverName === name)?.keys;
      return found === undefined
        ? { keys: keyRing.cached(name) ?? new Map(), failed: { type: 'unavailable', detail: 'down' } }
        : { keys: found };
    },
  };
  const markAlive = (name: ServerName) => void alive.push(name);
  const authenticate = createRequestAuth({ serverName: us, keyRing, clock, markAlive });
  return { authenticate, clock, fetched, alive };
}

function header(more: { by?: SigningKey; as?: string; to?: string; content?: string; uri?: string } = {}): string {
  const { by = key, as = 'origin.test', to = 'us.test' } = more;
  const target = { method, uri: more.uri ?? uri, origin: serverNamed(as), destination: serverNamed(to) };
  return authorizeRequest({ ...target, content: more.content }, by);
}

function request(headers: readonly string[], content?: string): InboundRequest {
  return { method, uri, authorizationHeaders: headers, content };
}

const without = (text: string, part: RegExp): string => text.replace(part, '');
const wrong = formatXMatrix({ origin, destination: us, keyId: key.keyId, signature: signText(key, 'something else') });

const refused: readonly (readonly [string, AuthFailure['type'], InboundRequest])[] = [
  ['no header', 'missing', request([])],
  ['another scheme', 'missing', request(['Bearer abc', 'Basic eDp5'])],
  ['an empty header', 'missing', request([''])],
  ['the scheme alone', 'malformed', request(['X-Matrix'])],
  ['no signature', 'malformed', request([without(header(), /,sig="[^"]*"/)])],
  ['no key', 'malformed', request([without(header(), /,key="[^"]*"/)])],
  ['no origin', 'malformed', request([without(header(), /origin="[^"]*",/)])],
  ['an origin that is none', 'malformed', request([header().replace('origin.test', 'a b')])],
  ['a malformed header beside a good one', 'malformed', request([header(), 'X-Matrix origin=', 'x'])],
  ['too many headers', 'malformed', request(Array.from({ length: 11 }, () => header()))],
  ['two origins', 'mixedOrigins', request([header(), header({ as: 'other.test' })])],
  ['another destination', 'wrongDestination', request([header({ to: 'other.test' })])],
  ['another destination in one of several', 'wrongDestination', request([header(), header({ to: 'other.test' })])],
  ['a wrong signature', 'badSignature', request([wrong])],
  ['a wrong signature beside a right one by the same key', 'badSignature', request([header(), wrong])],
  ['base64 that is none', 'badSignature', request([header().replace(/sig="[^"]*"/, 'sig="***"')])],
  ['an empty signature', 'badSignature', request([header().replace(/sig="[^"]*"/, 'sig=""')])],
  ['a signature of another path', 'badSignature', request([header({ uri: '/_matrix/other' })])],
  ['a signature of another encoding of the path', 'badSignature', request([header({ uri: uri.replace('%20', '+') })])],
  ['a signature of another body', 'badSignature', request([header({ content: '{"a":1}' })], '{"a":2}')],
  ['a signature of no body, with one', 'badSignature', request([header()], '{"a":2}')],
  ['a signature of a body, without one', 'badSignature', request([header({ content: '{"a":1}' })])],
  ['another key under the known id', 'badSignature', request([header({ by: testKey('ed25519:a', 5) })])],
  ['an unknown key', 'keyUnavailable', request([header({ by: second })])],
  ['an unknown server', 'keyUnavailable', request([header({ as: 'unknown.test' })])],
  ['another algorithm', 'keyUnavailable', request([header().replace('ed25519:', 'rsa:')])],
  [
    'our own name, signed by somebody else',
    'badSignature',
    request([header({ as: 'us.test', by: testKey('ed25519:own', 1) })]),
  ],
  ['our own name and an unknown key', 'keyUnavailable', request([header({ as: 'us.test' })])],
];

const accepted: readonly (readonly [string, InboundRequest])[] = [
  ['one header', request([header()])],
  ['a body', request([header({ content: '{"a":1}' })], '{"a":1}')],
  ['no body, signed with {}', request([header({ content: '{}' })])],
  ['{}, signed without a body', request([header()], '{}')],
  ['{}, signed with it', request([header({ content: '{}' })], '{}')],
  ['an unknown key beside a known one', request([header({ by: second }), header()])],
  ['an unknown algorithm beside a known one', request([header().replace('ed25519:', 'rsa:'), header()])],
  ['another scheme beside', request(['Bearer abc', header()])],
  ['no destination', request([without(header(), /destination="[^"]*",/)])],
  [
    'spaces, capitals and parameters of later versions',
    request([header().replace('X-Matrix ', 'x-matrix  new="1" , ')]),
  ],
];

describe('request authentication', () => {
  for (const [what, type, inbound] of refused) {
    it(`refuses ${what}: ${type}`, async () => {
      const { authenticate, alive } = setUp();
      const result = await authenticate(inbound);
      assert.equal(result.ok ? 'ok' : result.reason.type, type);
      assert.deepEqual(alive, []);
    });
  }

  for (const [what, inbound] of accepted) {
    it(`accepts ${what}, without fetching`, async () => {
      const { authenticate, fetched, alive } = setUp();
      assert.deepEqual(await authenticate(inbound), { ok: true, origin });
      assert.deepEqual(fetched, []);
      assert.deepEqual(alive, [origin]);
    });
  }

  it('verifies every signature by a known key', async () => {
    const clock = new FakeClock();
    const both = publishedKeys('origin.test', key, clock.now() + DAY_MS);
    const more = publishedKeys('origin.test', second, clock.now() + DAY_MS);
    const cached = [{ ...both, keys: new Map([...both.keys, ...more.keys]) }];
    const { authenticate } = setUp({ cached });
    assert.ok((await authenticate(request([header(), header({ by: second })]))).ok);
    const bad = header({ by: second, content: '{"a":1}' });
    assert.ok(!(await authenticate(request([header(), bad]))).ok);
  });

  it('accepts our own requests to ourselves', async () => {
    const { authenticate, fetched } = setUp();
    assert.deepEqual(await authenticate(request([header({ as: 'us.test', by: ours })])), { ok: true, origin: us });
    assert.deepEqual(fetched, []);
  });

  it('fetches an unknown key, and one that is not valid any more', async () => {
    const now = new FakeClock().now();
    const fresh = publishedKeys('origin.test', key, now + DAY_MS);
    for (const cached of [
      [],
      [publishedKeys('origin.test', second, now + 1)],
      [publishedKeys('origin.test', key, now - 1)],
    ]) {
      const { authenticate, fetched } = setUp({ cached, fetchable: [fresh] });
      assert.deepEqual(await authenticate(request([header()])), { ok: true, origin });
      assert.deepEqual(fetched, [origin]);
      const other = setUp({ cached, fetchable: [fresh] });
      const result = await other.authenticate(request([wrong]));
      assert.ok(!result.ok && result.reason.type === 'badSignature');
    }
  });

  it('does not take an old key for a request', async () => {
    const now = new FakeClock().now();
    const old = { keyId: key.keyId, publicKeyText: key.publicKeyText, expiredTs: now + DAY_MS };
    const parsed = parseServerKeys(makeServerKeys(origin, second, [old], now + DAY_MS), origin);
    assert.ok(parsed.ok);
    const { authenticate } = setUp({ cached: [parsed.keys], fetchable: [parsed.keys] });
    const result = await authenticate(request([header()]));
    assert.ok(!result.ok && result.reason.type === 'keyUnavailable');
  });

  it('never throws, whatever the headers are', async () => {
    const { authenticate } = setUp();
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `X-Matrix ${text}`),
      fc.constantFrom(header(), 'X-Matrix origin="__proto__",key="ed25519:__proto__",sig="",destination="us.test"'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { maxLength: 12 }), async (headers) => {
        const result = await authenticate(request(headers, '{"a":1}'));
        assert.equal(result.ok, false);
      }),
    );
  });
});
