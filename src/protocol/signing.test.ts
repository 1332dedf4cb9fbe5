import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from './base64.ts';
import { decodePublicKey, signingKeyFromSeed, signText, verifyText } from './ed25519.ts';
import { parsePdu } from './events.ts';
import { parseKeyId, type KeyId } from './ids/key-id.ts';
import { parseServerName } from './ids/server-name.ts';
import { anyJson } from './json-arbitrary.test.ts';
import { withKeys, type JsonObject, type JsonValue } from './json.ts';
import { knownRoomVersions, roomVersionRules } from './room-versions.ts';
import {
  addSignature, hashAndSignEvent, requiredSigners, signaturesBy, signedTextOf, signEvent, signJson, verifyEventSignatures, verifySignaturesBy,
} from './signing.ts'; // prettier-ignore

interface Vectors {
  readonly seed: string;
  readonly server_name: string;
  readonly key_id: string;
  readonly json: readonly [JsonObject, JsonObject][];
  readonly events: readonly [JsonObject, JsonObject][];
}
const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/json/signing.json', import.meta.url), 'utf8'),
) as Vectors;
const server = parseServerName(vectors.server_name)!;
const key = signingKeyFromSeed(parseKeyId(vectors.key_id)!, decodeBase64(vectors.seed)!);
const second = signingKeyFromSeed(parseKeyId('ed25519:2')!, Buffer.alloc(32, 2));
const known = new Map<string, Uint8Array>([key, second].map(({ keyId, publicKey }) => [keyId, publicKey]));
const lookup = (_: string, keyId: KeyId): Uint8Array | undefined => known.get(keyId);

function event(version: string, changes: Readonly<Record<string, JsonValue>> = {}): JsonObject {
  const opaque = version === '1' || version === '2' ? { event_id: '$e:other.org' } : {};
  return {
    room_id: version === '12' ? `!${'a'.repeat(43)}` : '!r:domain', sender: '@u:domain', type: 'm.room.message', content: { body: 'x' },
    depth: 1, origin_server_ts: 1, prev_events: [], auth_events: [], ...opaque, ...changes,
  }; // prettier-ignore
}

function check(version: string, raw: JsonObject, keys = lookup) {
  const result = parsePdu(raw, roomVersionRules(version)!);
  assert.ok(result.ok, result.ok ? '' : result.reason.detail);
  return verifyEventSignatures(result.pdu, keys);
}

test('the test vectors of the appendix', () => {
  for (const [json, signed] of vectors.json) assert.deepEqual(signJson(json, server, key), signed);
  for (const [draft, signed] of vectors.events) {
    assert.deepEqual(hashAndSignEvent(draft, roomVersionRules('1')!, server, key), signed);
  }
});

test('what is signed verifies, in any order of keys, and what is changed does not', () => {
  fc.assert(
    fc.property(anyJson, anyJson, (value, other) => {
      const signed = signJson({ value, unsigned: other }, server, key);
      const verify = (object: JsonObject) =>
        verifySignaturesBy(server, signaturesBy(object, server), signedTextOf(object), lookup).ok;
      assert.equal(verify(signed), true);
      assert.equal(verify(withKeys(signed, new Map([['unsigned', value]]))), true);
      assert.equal(verify(withKeys(signed, new Map([['value', [value]]]))), false);
    }),
    { numRuns: 200 },
  );
});

test('any flipped bit of text, signature or key is noticed; malformed ones are simply wrong', () => {
  const signature = signText(key, 'text');
  assert.equal(verifyText(key.publicKey, 'text', signature), true);
  assert.equal(verifyText(key.publicKey, '', signText(key, '')), true);
  for (let index = 0; index < 64; index += 1) {
    const bytes = Buffer.from(decodeBase64(signature)!);
    bytes[index]! ^= 1;
    assert.equal(verifyText(key.publicKey, 'text', bytes.toString('base64')), false);
  }
  for (const wrong of ['', '!', signature.slice(2), `${signature}AA`]) {
    assert.equal(verifyText(key.publicKey, 'text', wrong), false);
  }
  assert.equal(verifyText(second.publicKey, 'text', signature), false);
  assert.equal(verifyText(new Uint8Array(31), 'text', signature), false);
  assert.equal(decodePublicKey('AAAA'), undefined);
  assert.equal(decodePublicKey('6yhHGKhCiXTSEN2ksjV7kX_N6rBQZ3Xb-M7LlC6NS-s')?.length, 32);
  assert.throws(() => signingKeyFromSeed(key.keyId, new Uint8Array(31)), RangeError);
});

test('signed events verify in every version; tampering with what survives redaction does not', () => {
  for (const version of knownRoomVersions().slice(2)) {
    const rules = roomVersionRules(version)!;
    const signed = hashAndSignEvent(event(version), rules, server, key);
    assert.deepEqual(check(version, signed), { ok: true });
    assert.deepEqual(check(version, withKeys(signed, new Map([['content', { body: 'y' }]]))), { ok: true });
    for (const [name, value] of [
      ['depth', 2],
      ['type', 'y'],
      ['hashes', { sha256: 'aaaa' }],
    ] as const) {
      const tampered = withKeys(signed, new Map<string, JsonValue>([[name, value]]));
      assert.deepEqual(check(version, tampered), {
        ok: false,
        reason: { type: 'wrongSignature', serverName: server, keyId: key.keyId },
      });
    }
  }
});

test('every known key must verify and one is needed; unknown keys and algorithms are skipped', () => {
  const rules = roomVersionRules('10')!;
  const signed = hashAndSignEvent(event('10'), rules, server, key);
  const both = signEvent(signed, rules, server, second);
  assert.equal(check('10', both).ok, true);
  const wrong = addSignature(signed, server, second.keyId, signText(second, 'other'));
  assert.deepEqual(check('10', wrong), {
    ok: false,
    reason: { type: 'wrongSignature', serverName: server, keyId: second.keyId },
  });
  assert.equal(check('10', addSignature(signed, server, 'ed25519:unknown', 'x')).ok, true);
  assert.equal(check('10', addSignature(signed, server, 'ed448:2', 'x')).ok, true);
  assert.equal(check('10', addSignature(signed, 'elsewhere.org', key.keyId, 'x')).ok, true);
  const reason = { type: 'unknownKeys', serverName: server, keyIds: [key.keyId] };
  assert.deepEqual(
    check('10', signed, () => undefined),
    { ok: false, reason },
  );
  assert.deepEqual(check('10', event('10')), { ok: false, reason: { type: 'noSignature', serverName: server } });
  const foreign = addSignature(event('10'), 'elsewhere.org', key.keyId, 'x');
  assert.deepEqual(check('10', foreign), { ok: false, reason: { type: 'noSignature', serverName: server } });
});

test('adding a signature keeps the others', () => {
  const object = { signatures: { domain: { 'ed25519:0': 'a' }, __proto__: null, other: { x: 'y' } } };
  const signed = addSignature(object, server, 'ed25519:1', 'b');
  assert.deepEqual(signed, { signatures: { domain: { 'ed25519:0': 'a', 'ed25519:1': 'b' }, other: { x: 'y' } } });
});

test('the servers that must have signed', () => {
  const signers = (version: string, changes: Readonly<Record<string, JsonValue>>): readonly string[] => {
    const result = parsePdu(event(version, changes), roomVersionRules(version)!);
    assert.ok(result.ok);
    return requiredSigners(result.pdu);
  };
  assert.deepEqual(signers('1', {}), ['domain', 'other.org']);
  assert.deepEqual(signers('3', {}), ['domain']);
  const member = (content: JsonObject) => ({ type: 'm.room.member', state_key: '@u:domain', content });
  const restricted = member({ membership: 'join', join_authorised_via_users_server: '@m:third.org' });
  assert.deepEqual(signers('7', restricted), ['domain']);
  assert.deepEqual(signers('8', restricted), ['domain', 'third.org']);
  assert.deepEqual(signers('8', member({ membership: 'leave', join_authorised_via_users_server: '@m:third.org' })), [
    'domain',
  ]);
  assert.deepEqual(signers('10', member({ membership: 'invite', third_party_invite: { signed: {} } })), []);
});
