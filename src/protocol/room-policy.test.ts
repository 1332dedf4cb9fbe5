import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerName } from './ids/server-name.ts';
import { readRoomPolicy, readUnstableRoomPolicy, roomPolicyContent } from './room-policy.ts';

const key = '6yhHGKhCiXTSEN2ksjV7kX/N6rBQZ3Xb+M7LlC6NS+s';
const via = parseServerName('policy.example.org')!;

test('what a moderator is told to write can be read', () => {
  const policy = readRoomPolicy(roomPolicyContent(via, key));
  assert.equal(policy?.via, via);
  assert.equal(Buffer.from(policy.publicKey).toString('base64'), `${key}=`);
});

test('content that names no usable policy server', () => {
  const good = { via, public_keys: { ed25519: key } };
  for (const content of [
    {},
    { via },
    { ...good, via: 5 },
    { ...good, via: 'a b' },
    { ...good, public_keys: [] },
    { ...good, public_keys: { ed25519: 5 } },
    { ...good, public_keys: { ed25519: 'AAAA' } },
    { via, public_key: key },
  ]) {
    // prettier-ignore
    assert.equal(readRoomPolicy(content), undefined);
  }
});

test('the unstable event may hold its key in either form', () => {
  assert.equal(readUnstableRoomPolicy({ via, public_key: key })?.via, via);
  assert.equal(readUnstableRoomPolicy({ via, public_keys: { ed25519: key } })?.via, via);
});
