import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf, SIGNER } from '../../../tests/support/policy-events.ts';
import { keyIdOf, serverNamed } from '../../../tests/support/federation-fakes.ts';
import { userIdOf } from '../../../tests/support/room-builder.ts';
import { signingKeyFromSeed } from '../../protocol/ed25519.ts';
import type { Pdu } from '../../protocol/events.ts';
import { weakKey } from './weak-key.ts';

/** Go's `math/rand` with seed 0, the specification's test vectors, and nothing. */
const SEEDS = {
  go: 'AZT9wvov/MBB0/8SBFtzyG5P+V/2YqXu6Cq99EotC3U',
  specification: 'YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1',
  zero: Buffer.alloc(32).toString('base64'),
};

function signedWith(seed: string, keyId: string): Pdu {
  const key = signingKeyFromSeed(keyIdOf(keyId), Buffer.from(seed, 'base64'));
  return eventOf({ type: 'm.room.message', content: {}, signer: { serverName: SIGNER.serverName, key } });
}

describe('weak_key', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, boolean])[] = [
    ['the key of Element Server Suite', {}, signedWith(SEEDS.go, 'ed25519:0'), true],
    ['the key of the specification', {}, signedWith(SEEDS.specification, 'ed25519:1'), true],
    ['the key of zeros', {}, signedWith(SEEDS.zero, 'ed25519:0'), true],
    ['a known key under another id', {}, signedWith(SEEDS.go, 'ed25519:other'), false],
    ['a known key under any id', { any_key_id: true }, signedWith(SEEDS.go, 'ed25519:other'), true],
    ['a good key', { any_key_id: true }, messageOf({ body: 'x' }), false],
    ['a key of one’s own list', { public_keys: [SIGNER.key.publicKeyText] }, messageOf({ body: 'x' }), true],
  ];
  for (const [what, settings, pdu, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      assert.equal(judge(checkOf(weakKey, settings), pdu).matched, matches ? 'yes' : 'no');
    });
  }

  it('looks at the signature of the sender’s server alone', () => {
    const { key } = SIGNER;
    const pdu = eventOf({
      type: 'm.room.message',
      sender: userIdOf('@bob:other.test'),
      signer: { serverName: serverNamed('third.test'), key },
    });
    assert.equal(judge(checkOf(weakKey, { public_keys: [key.publicKeyText] }), pdu).matched, 'no');
  });

  it('points at the signature', () => {
    const result = judge(checkOf(weakKey), signedWith(SEEDS.specification, 'ed25519:1'));
    assert.ok(result.matched === 'yes');
    assert.equal(result.evidence[0]?.path, 'signatures.home\\.test.ed25519:1');
  });

  it('refuses keys that are none', () => {
    for (const bad of [{ public_keys: ['AAAA'] }, { public_keys: ['?'] }]) {
      assert.throws(() => checkOf(weakKey, bad));
    }
  });
});
