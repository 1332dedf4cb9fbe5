import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signingKeyFromSeed } from './ed25519.ts';
import { parseKeyId } from './ids/key-id.ts';
import { parseServerName } from './ids/server-name.ts';
import { withKeys, type JsonObject, type JsonValue } from './json.ts';
import {
  keyCoversEvent,
  keyCoversRequest,
  makeServerKeys,
  MAX_KEY_VALIDITY_MS,
  parseServerKeys,
} from './key-documents.ts';
import { signJson } from './signing.ts';

const server = parseServerName('example.org')!;
const key = signingKeyFromSeed(parseKeyId('ed25519:new')!, Buffer.alloc(32, 1));
const old = signingKeyFromSeed(parseKeyId('ed25519:old')!, Buffer.alloc(32, 2));
const other = signingKeyFromSeed(parseKeyId('ed25519:other')!, Buffer.alloc(32, 3));
const oldKey = { keyId: old.keyId, publicKeyText: old.publicKeyText, expiredTs: 500 };
const document = makeServerKeys(server, key, [oldKey], 1000);

function unsignedWith(changes: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return withKeys(document, new Map([...Object.entries(changes), ['signatures', undefined] as const]));
}

test('a document of ours can be read', () => {
  const result = parseServerKeys(document, server);
  assert.ok(result.ok);
  assert.equal(result.keys.validUntilTs, 1000);
  assert.deepEqual([...result.keys.keys.keys()].sort(), [key.keyId, old.keyId]);
  assert.equal(result.keys.keys.get(key.keyId)?.expired, false);
  assert.deepEqual(result.keys.keys.get(old.keyId), {
    publicKey: Uint8Array.from(old.publicKey),
    validUntilTs: 500,
    expired: true,
  });
});

test('documents that prove nothing are refused', () => {
  const refused: readonly JsonValue[] = [
    null, [], {}, unsignedWith({}), signJson(unsignedWith({}), server, old), signJson(unsignedWith({}), server, other),
    signJson(unsignedWith({}), parseServerName('other.org')!, key), signJson(unsignedWith({ server_name: 'other.org' }), server, key),
    signJson(unsignedWith({ valid_until_ts: 'x' }), server, key), signJson(unsignedWith({ valid_until_ts: undefined }), server, key),
    signJson(unsignedWith({ verify_keys: {} }), server, key), withKeys(document, new Map([['valid_until_ts', 2000]])),
    signJson(unsignedWith({ verify_keys: { [key.keyId]: { key: 'AAAA' } } }), server, key),
  ]; // prettier-ignore
  for (const value of refused) assert.equal(parseServerKeys(value, server).ok, false, JSON.stringify(value));
  assert.equal(parseServerKeys(document, parseServerName('other.org')!).ok, false);
});

test('entries that cannot be used are left out', () => {
  const verifyKeys = { [key.keyId]: { key: key.publicKeyText }, 'rsa:1': { key: 'x' }, 'ed25519:bad': 5, nonsense: {} };
  const result = parseServerKeys(
    signJson(unsignedWith({ verify_keys: verifyKeys, old_verify_keys: [] }), server, key),
    server,
  );
  assert.ok(result.ok);
  assert.deepEqual([...result.keys.keys.keys()], [key.keyId]);
});

test('when a key counts for an event', () => {
  const current = { publicKey: key.publicKey, validUntilTs: 1000, expired: false };
  const expired = { ...current, expired: true };
  assert.equal(keyCoversEvent(current, 1000, true, 0), true);
  assert.equal(keyCoversEvent(current, 1001, true, 0), false);
  assert.equal(keyCoversEvent(current, 1001, false, 0), true);
  assert.equal(keyCoversEvent(expired, 1000, false, 0), true);
  assert.equal(keyCoversEvent(expired, 1001, true, 0), false);
  const forever = { ...current, validUntilTs: Number.MAX_SAFE_INTEGER };
  assert.equal(keyCoversEvent(forever, 10 + MAX_KEY_VALIDITY_MS, true, 10), true);
  assert.equal(keyCoversEvent(forever, 11 + MAX_KEY_VALIDITY_MS, true, 10), false);
});

test('when a key counts for a request', () => {
  const current = { publicKey: key.publicKey, validUntilTs: 1000, expired: false };
  assert.equal(keyCoversRequest(current, 1000), true);
  assert.equal(keyCoversRequest(current, 1001), false);
  assert.equal(keyCoversRequest({ ...current, expired: true }, 0), false);
});
