import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { keyDocument, keyIdOf, publishedKeys, serverNamed, testKey } from '../../tests/support/federation-fakes.ts';
import { withKeys, type JsonObject } from '../protocol/json.ts';
import { signJson } from '../protocol/signing.ts';
import type { FederationRequest, FederationResponse } from './federation-client.ts';
import { FederationError } from './federation-error.ts';
import { createKeyFetchers } from './key-fetchers.ts';

const origin = serverNamed('origin.test');
const notary = serverNamed('notary.test');
const key = testKey('ed25519:a', 1);
const notaryKey = testKey('ed25519:n', 2);
const clock = new FakeClock();
const validUntilTs = clock.now() + 1000;
const document = keyDocument(origin, key, validUntilTs);

function setUp(answer: FederationResponse | Error) {
  const asked: FederationRequest[] = [];
  const client = {
    async request(request: FederationRequest) {
      asked.push(request);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { fetchers: createKeyFetchers({ client, clock }), asked };
}

function changed(field: string, value: JsonObject[string]): JsonObject {
  return withKeys(document, new Map([[field, value]]));
}

describe('keys from their server', () => {
  it('are what it publishes', async () => {
    const { fetchers, asked } = setUp({ status: 200, body: document });
    const answer = await fetchers.fromOrigin(origin, { timeoutMs: 1000 });
    assert.ok(answer.ok);
    assert.deepEqual(answer.keys, publishedKeys(origin, key, validUntilTs));
    assert.equal(asked[0]?.uri, '/_matrix/key/v2/server');
  });

  const bad: readonly (readonly [string, FederationResponse])[] = [
    ['another status', { status: 404, body: document }],
    ['no JSON object', { status: 200, body: undefined }],
    ['nothing in it', { status: 200, body: {} }],
    ['keys of another server', { status: 200, body: keyDocument('other.test', key, validUntilTs) }],
    ['a changed validity', { status: 200, body: changed('valid_until_ts', validUntilTs + 1) }],
    ['no signature', { status: 200, body: changed('signatures', {}) }],
    ['keys of another type', { status: 200, body: changed('verify_keys', []) }],
    ['text that has no canonical form', { status: 200, body: changed('x', '\ud800') }],
    ['inherited keys', { status: 200, body: JSON.parse('{"__proto__":{"server_name":"origin.test"}}') as JsonObject }],
  ];
  for (const [what, answer] of bad) {
    it(`are not taken from a document with ${what}`, async () => {
      const result = await setUp(answer).fetchers.fromOrigin(origin, { timeoutMs: 1000 });
      assert.ok(!result.ok && result.reason.type === 'invalid');
    });
  }

  it('are unavailable while it cannot be reached', async () => {
    const { fetchers } = setUp(new FederationError('timeout', 'slow'));
    const result = await fetchers.fromOrigin(origin, { timeoutMs: 1000 });
    assert.ok(!result.ok && result.reason.type === 'unreachable');
  });
});

describe('keys from a notary', () => {
  const notaryKeys = publishedKeys(notary, notaryKey, validUntilTs).keys;
  const needs = new Map([[origin, { keyIds: [keyIdOf('ed25519:a')], minimumValidUntilTs: 5 }]]);
  const notarized = signJson(document, notary, notaryKey);

  async function ask(documents: JsonObject[string], keys = notaryKeys) {
    const { fetchers, asked } = setUp({ status: 200, body: { server_keys: documents } });
    return { found: await fetchers.fromNotary(notary, keys, needs, { timeoutMs: 1000 }), asked };
  }

  it('are taken with both signatures', async () => {
    const { found, asked } = await ask([notarized]);
    assert.deepEqual(found, [publishedKeys(origin, key, validUntilTs)]);
    assert.deepEqual(asked[0]?.body, {
      server_keys: { 'origin.test': { 'ed25519:a': { minimum_valid_until_ts: 5 } } },
    });
  });

  const refused: readonly (readonly [string, JsonObject[string]])[] = [
    ['without the notary', [document]],
    ['with a wrong signature of the notary', [signJson(document, notary, testKey('ed25519:n', 3))]],
    ['with an unknown key of the notary', [signJson(document, notary, testKey('ed25519:m', 3))]],
    ['without the origin', [signJson(withKeys(document, new Map([['signatures', {}]])), notary, notaryKey)]],
    ['of a server not asked about', [signJson(keyDocument('other.test', key, validUntilTs), notary, notaryKey)]],
    ['that are no objects', [1, null, 'x', []]],
    ['that are no list', { a: 1 }],
  ];
  for (const [what, documents] of refused) {
    it(`are not taken from documents ${what}`, async () => assert.deepEqual((await ask(documents)).found, []));
  }

  it('are not taken once the key of the notary is not valid any more', async () => {
    const outdated = publishedKeys(notary, notaryKey, clock.now() - 1).keys;
    assert.deepEqual((await ask([notarized], outdated)).found, []);
  });

  it('are none when it does not answer', async () => {
    const { fetchers } = setUp(new FederationError('unreachable', 'down'));
    assert.deepEqual(await fetchers.fromNotary(notary, notaryKeys, needs, { timeoutMs: 1000 }), []);
  });
});
