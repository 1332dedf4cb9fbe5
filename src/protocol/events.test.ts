import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBase64 } from './base64.ts';
import { canonicalText } from './canonical-json.ts';
import { parsePdu, referenceHash, type Pdu, type PduFailure } from './events.ts';
import { checkContentHash, contentHash } from './hashes.ts';
import { isJsonObject, parseJson, withKeys, type JsonObject, type JsonValue } from './json.ts';
import { roomVersionRules } from './room-versions.ts';

const HASH = 'a'.repeat(43);

function draft(version: string, changes: Readonly<Record<string, JsonValue | undefined>> = {}): JsonObject {
  const pairs = version === '1' || version === '2';
  const reference = (eventId: string): JsonValue => (pairs ? [eventId, { sha256: 'aaaa' }] : eventId);
  const event: JsonObject = {
    auth_events: [reference('$auth:example.org')],
    content: { body: 'hello', msgtype: 'm.text' },
    depth: 3,
    hashes: { sha256: 'aaaa' },
    origin_server_ts: 1_700_000_000_000,
    prev_events: [reference('$prev:example.org')],
    room_id: version === '12' ? `!${HASH}` : '!room:example.org',
    sender: '@alice:example.org',
    signatures: {},
    type: 'm.room.message',
    ...(pairs ? { event_id: '$event:example.org' } : {}),
  };
  return withKeys(event, new Map(Object.entries(changes)));
}

function parse(version: string, event: JsonObject): Pdu {
  const result = parsePdu(event, roomVersionRules(version)!);
  assert.ok(result.ok, result.ok ? '' : result.reason.detail);
  return result.pdu;
}

function failure(version: string, event: JsonObject): PduFailure['type'] | undefined {
  const result = parsePdu(event, roomVersionRules(version)!);
  return result.ok ? undefined : result.reason.type;
}

function objectOf(text: string): JsonObject {
  const result = parseJson(text);
  assert.ok(result.ok && isJsonObject(result.value));
  return result.value;
}

const VERSIONS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'];

test('event ids by format', () => {
  assert.equal(parse('1', draft('1')).eventId, '$event:example.org');
  for (const version of VERSIONS.slice(2)) {
    const pdu = parse(version, draft(version));
    const hash = Buffer.from(referenceHash(pdu));
    const text = version === '3' ? encodeBase64(hash) : hash.toString('base64url');
    assert.equal(pdu.eventId, `$${text}`);
  }
});

// Computed with Synapse 1.163.2.
test('event ids as Synapse computes them', () => {
  const event = draft('10', {
    sender: '@a:x.org', room_id: '!r:x.org', content: { body: 'x' }, prev_events: [`$${HASH}`], auth_events: [],
    origin_server_ts: 1, signatures: { 'x.org': { 'ed25519:1': 'aaaa' } },
  }); // prettier-ignore
  assert.equal(parse('10', event).eventId, '$Yt9PbNKawxJlJt883I9tqIsuxIWSIEvvA9Um7dXCPBY');
});

test('version 12: the create event has no room id and gives the room its id', () => {
  const create = draft('12', {
    type: 'm.room.create',
    state_key: '',
    room_id: undefined,
    content: { room_version: '12' },
  });
  const pdu = parse('12', create);
  assert.equal(pdu.roomId, `!${pdu.eventId.slice(1)}`);
  assert.equal(failure('12', withKeys(create, new Map([['room_id', '!a:b']]))), 'bad_json');
  assert.equal(failure('12', withKeys(create, new Map([['state_key', 'x']]))), 'bad_json');
  assert.equal(failure('12', withKeys(create, new Map([['state_key', undefined]]))), 'bad_json');
  assert.equal(failure('11', create), 'bad_json');
  assert.equal(failure('12', draft('12', { room_id: undefined })), 'bad_json');
});

test('ids, hashes and signatures do not change with what is not covered by them', () => {
  for (const version of VERSIONS) {
    const plain = parse(version, draft(version));
    const junk = parse(version, draft(version, { unsigned: { age: 1, '\\': '"' }, signatures: { x: { y: 'z' } } }));
    assert.equal(junk.eventId, plain.eventId);
    assert.deepEqual(referenceHash(junk), referenceHash(plain));
    assert.deepEqual(contentHash(junk.raw), contentHash(plain.raw));
    const unread = parse(version, draft(version, { redacts: 5, prev_content: [[]], ['__proto__']: { a: 1 } }));
    assert.deepEqual(referenceHash(unread), referenceHash(plain));
    assert.notDeepEqual(contentHash(unread.raw), contentHash(plain.raw));
  }
});

test('missing and wrongly typed fields are bad JSON', () => {
  const required = ['type', 'sender', 'room_id', 'content', 'depth', 'origin_server_ts', 'prev_events', 'auth_events'];
  const wrong = new Map<string, readonly JsonValue[]>([
    ['type', [1, null, []]], ['sender', [1, 'alice', '@alice', '@a:b c']], ['room_id', [1, 'room', '!']], ['content', [1, 'x', []]],
    ['depth', ['1', -1, null, true]], ['origin_server_ts', ['1', null]], ['prev_events', [{}, 'x', [1], ['x'], [['$a:b']]]],
    ['auth_events', [null, [null], [['$a', 'x']], [[{}, {}]]]], ['hashes', [null, 'x', [], { sha256: 1 }]], ['state_key', [1, null]],
    ['signatures', [null, [], { x: 1 }, { x: { y: 1 } }]], ['unsigned', [null, 1, []]],
  ]); // prettier-ignore
  for (const version of VERSIONS) {
    for (const key of required) assert.equal(failure(version, draft(version, { [key]: undefined })), 'bad_json', key);
    for (const [key, values] of wrong) {
      for (const value of values) {
        assert.equal(
          failure(version, draft(version, { [key]: value })),
          'bad_json',
          `${version} ${key} ${JSON.stringify(value)}`,
        );
      }
    }
  }
  assert.equal(failure('10', draft('10', { event_id: '$a:b' })), 'bad_json');
  assert.equal(failure('1', draft('1', { event_id: undefined })), 'bad_json');
  assert.equal(failure('1', draft('1', { event_id: '$nodomain' })), 'bad_json');
  assert.equal(failure('10', draft('10', { prev_events: [['$a:b', { sha256: '' }]] })), 'bad_json');
  assert.equal(failure('1', draft('1', { prev_events: ['$a:b'] })), 'bad_json');
});

test('hashes and signatures may be missing as far as the format goes', () => {
  const pdu = parse('10', draft('10', { hashes: undefined, signatures: undefined }));
  assert.equal(checkContentHash(pdu.raw), 'missing');
});

test('events of more than 65536 bytes and ids of more than 255 are too large', () => {
  for (const version of VERSIONS) {
    const empty = parse(version, draft(version, { content: { body: '' } })).canonicalBytes;
    const filled = (bytes: number): JsonObject =>
      draft(version, { content: { body: 'é'.repeat((bytes - empty) / 2) + 'x'.repeat((bytes - empty) % 2) } });
    assert.equal(parse(version, filled(65_536)).canonicalBytes, 65_536);
    assert.equal(failure(version, filled(65_537)), 'too_large');
    assert.equal(failure(version, draft(version, { unsigned: { a: 'x'.repeat(65_536) } })), 'too_large');
    for (const key of ['type', 'state_key']) {
      assert.equal(failure(version, draft(version, { [key]: 'x'.repeat(255) })), undefined);
      assert.equal(failure(version, draft(version, { [key]: 'é'.repeat(128) })), 'too_large');
    }
    assert.equal(failure(version, draft(version, { sender: `@${'a'.repeat(255)}:b` })), 'too_large');
    assert.equal(failure(version, draft(version, { room_id: `!${'a'.repeat(255)}:b` })), 'too_large');
  }
  assert.equal(failure('2', draft('2', { event_id: `$${'a'.repeat(255)}:b` })), 'too_large');
});

test('at most 20 previous and 10 auth events', () => {
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `$${String(index)}`);
  assert.equal(failure('10', draft('10', { prev_events: ids(20), auth_events: ids(10) })), undefined);
  assert.equal(failure('10', draft('10', { prev_events: ids(21) })), 'bad_json');
  assert.equal(failure('10', draft('10', { auth_events: ids(11) })), 'bad_json');
});

test('versions 1–5 keep numbers as they are written, later ones refuse them', () => {
  const text = canonicalText(draft('5')).replace('"hello"', '[1.0,1e10,-0,123456789012345678901234567890]');
  const event = objectOf(text);
  for (const version of ['3', '4', '5']) {
    const pdu = parse(version, event);
    assert.equal(canonicalText(pdu.raw), text);
    assert.equal(pdu.canonicalBytes, text.length);
  }
  for (const version of VERSIONS.slice(5, 11)) assert.equal(failure(version, event), 'bad_json');
});

test('-0 is 0 in every hash from version 6 on, and itself before', () => {
  const zero = objectOf(canonicalText(draft('6')).replace('"depth":3', '"depth":0'));
  const negative = objectOf(canonicalText(draft('6')).replace('"depth":3', '"depth":-0'));
  assert.equal(parse('6', negative).eventId, parse('6', zero).eventId);
  assert.deepEqual(contentHash(parse('6', negative).raw), contentHash(parse('6', zero).raw));
  assert.notEqual(parse('5', negative).eventId, parse('5', zero).eventId);
});

test('depth is compared exactly', () => {
  const withDepth = (depth: string): JsonObject =>
    objectOf(canonicalText(draft('5')).replace('"depth":3', `"depth":${depth}`));
  assert.equal(failure('5', withDepth('9223372036854775807')), undefined);
  assert.equal(failure('5', withDepth('9223372036854775808')), 'bad_json');
  for (const depth of ['1.5', '1e3', '-1', '-0.0']) assert.equal(failure('5', withDepth(depth)), 'bad_json');
  assert.equal(failure('6', withDepth('9007199254740991')), undefined);
  assert.equal(failure('6', withDepth('9007199254740992')), 'bad_json');
});

test('content hashes: either alphabet and padding match, anything else does not', () => {
  for (const body of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    const event = draft('10', { content: { body } });
    const hash = Buffer.from(contentHash(event));
    const check = (sha256: JsonValue): string => checkContentHash(withKeys(event, new Map([['hashes', { sha256 }]])));
    for (const text of [encodeBase64(hash), hash.toString('base64'), hash.toString('base64url')]) {
      assert.equal(check(text), 'match');
    }
    for (const text of ['', 'aaaa', '!', `${encodeBase64(hash)}!`, encodeBase64(hash).slice(1), 5, null]) {
      assert.equal(check(text), 'mismatch');
    }
    assert.equal(checkContentHash(withKeys(event, new Map([['content', { body: 'other' }]]))), 'mismatch');
    assert.equal(checkContentHash(withKeys(event, new Map([['hashes', {}]]))), 'missing');
  }
});
