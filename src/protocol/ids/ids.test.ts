import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createEventIdOf, parseRoomId, parseRoomIdAs, roomIdOfCreateEvent } from './room-id.ts';
import { eventIdOfHash, parseEventId, parseOpaqueEventId } from './event-id.ts';
import { algorithmOf, parseKeyId, POLICY_KEY_ID } from './key-id.ts';
import { parseRoomAlias, serverNameOfAlias } from './room-alias.ts';
import { parseServerName, splitServerName } from './server-name.ts';
import { localpartOf, makeUserId, parseUserId, serverNameOf } from './user-id.ts';

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  server_name: parseServerName,
  user_id: parseUserId,
  event_id: parseEventId,
  opaque_event_id: parseOpaqueEventId,
  room_id: parseRoomId,
  room_alias: parseRoomAlias,
  key_id: parseKeyId,
};

function vectors(name: string): readonly string[] {
  const text = readFileSync(new URL(`../../../vectors/ids/${name}.txt`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('//')).map(expand); // prettier-ignore
}

function expand(line: string): string {
  return line
    .replace(/\{(.)\*(\d+)\}/gu, (_, character: string, count: string) => character.repeat(Number(count)))
    .replace(/\\n/g, '\n')
    .replace(/\\x([0-9a-f]{2})|\\u([0-9a-f]{4})/g, (_, byte?: string, unit?: string) =>
      String.fromCharCode(Number.parseInt(byte ?? unit ?? '', 16)),
    );
}

for (const [name, parse] of Object.entries(parsers)) {
  test(`${name}: every valid one is accepted, every invalid one refused`, () => {
    for (const text of vectors(`${name}_valid`)) assert.notEqual(parse(text), undefined, text);
    for (const text of vectors(`${name}_invalid`)) assert.equal(parse(text), undefined, JSON.stringify(text));
    assert.equal(parse(''), undefined);
  });
}

test('server names are taken apart', () => {
  assert.deepEqual(splitServerName('[::1]:80'), { host: { kind: 'ipv6', name: '::1' }, port: 80 });
  assert.deepEqual(splitServerName('1.2.3.4'), { host: { kind: 'ipv4', name: '1.2.3.4' }, port: undefined });
  for (const name of ['300.1.1.1', '01.2.3.4', '1.2.3', 'matrix.org']) {
    assert.deepEqual(splitServerName(name), { host: { kind: 'dns', name }, port: undefined });
  }
});

test('the server of an id is all that follows the first colon', () => {
  const userId = parseUserId('@a:[::1]:80')!;
  assert.equal(serverNameOf(userId), '[::1]:80');
  assert.equal(localpartOf(userId), 'a');
  assert.equal(serverNameOfAlias(parseRoomAlias('#a:b:80')!), 'b:80');
  assert.equal(parseOpaqueEventId('$a:b:80')?.serverName, 'b:80');
});

test('new user ids keep to the strict grammar', () => {
  const server = parseServerName('example.org')!;
  assert.equal(makeUserId('gatehouse', server), '@gatehouse:example.org');
  for (const localpart of ['', 'Gatehouse', 'a b', 'a:b', 'a'.repeat(255)]) {
    assert.equal(makeUserId(localpart, server), undefined);
  }
});

test('room ids of version 12 are the ids of create events', () => {
  const hash = '31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM';
  const eventId = eventIdOfHash(hash);
  assert.equal(roomIdOfCreateEvent(eventId), `!${hash}`);
  assert.equal(createEventIdOf(roomIdOfCreateEvent(eventId)), eventId);
  assert.equal(parseRoomIdAs(`!${hash}`, 'create-event-hash'), `!${hash}`);
  assert.equal(parseRoomIdAs(`!${hash}`, 'with-domain'), undefined);
  assert.equal(parseRoomIdAs('!a:b', 'with-domain'), '!a:b');
});

test('key ids name their algorithm', () => {
  assert.equal(algorithmOf(POLICY_KEY_ID), 'ed25519');
  assert.equal(algorithmOf(parseKeyId('other:x:y')!), 'other');
});
