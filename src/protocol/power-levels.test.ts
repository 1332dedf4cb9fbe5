import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUserId } from './ids/user-id.ts';
import { NumberToken, type JsonObject, type JsonValue } from './json.ts';
import {
  isModerator,
  levelToSend,
  moderatorsOf,
  namedLevel,
  readLevel,
  roomCreators,
  userLevel,
  type PowerLevels,
} from './power-levels.ts';
import { roomVersionRules } from './room-versions.ts';

const alice = parseUserId('@alice:example.org')!;
const bob = parseUserId('@bob:example.org')!;
const rulesOf = (version: string) => roomVersionRules(version)!.auth;
const levels = (version: string, content?: JsonObject): PowerLevels => ({
  content,
  creators: new Set([alice]),
  rules: rulesOf(version),
});

test('what counts as a level', () => {
  const old: readonly [JsonValue, number][] = [[5, 5], ['50', 50], [' 50 ', 50], ['0050', 50], ['+50', 50], ['-5', -5]]; // prettier-ignore
  for (const [value, level] of old) {
    assert.equal(readLevel(value, rulesOf('9')), level);
    assert.equal(readLevel(value, rulesOf('10')), typeof value === 'number' ? level : undefined);
  }
  assert.equal(readLevel(new NumberToken('50.9'), rulesOf('5')), 50);
  assert.equal(readLevel(new NumberToken('-50.9'), rulesOf('5')), -50);
  for (const value of ['', 'x', '5.5', '1e3', null, true, [], {}]) {
    assert.equal(readLevel(value, rulesOf('1')), undefined);
  }
});

test('defaults, with and without an event', () => {
  for (const content of [undefined, {}]) {
    const names = ['ban', 'kick', 'redact', 'invite', 'state_default', 'events_default', 'users_default'] as const;
    assert.deepEqual(names.map((name) => namedLevel(levels('11', content), name)), [50, 50, 50, 0, 50, 0, 0]); // prettier-ignore
  }
  assert.equal(userLevel(levels('11'), alice), 100);
  assert.equal(userLevel(levels('11', {}), alice), 0);
  assert.equal(userLevel(levels('11'), bob), 0);
});

test('users, creators and events', () => {
  const content = {
    users: { [bob]: 70 },
    users_default: 5,
    events: { 'm.room.name': 60, __proto__: null },
    state_default: 40,
  };
  assert.equal(userLevel(levels('11', content), bob), 70);
  assert.equal(userLevel(levels('11', content), alice), 5);
  assert.equal(userLevel(levels('12', content), alice), Infinity);
  assert.equal(levelToSend(levels('11', content), 'm.room.name', true), 60);
  assert.equal(levelToSend(levels('11', content), 'm.room.topic', true), 40);
  assert.equal(levelToSend(levels('11', content), 'constructor', false), 0);
});

test('creators by version', () => {
  const create = { sender: alice, content: { creator: bob, additional_creators: [bob, 5] } };
  assert.deepEqual([...roomCreators(create, rulesOf('10'))], [bob]);
  assert.deepEqual([...roomCreators(create, rulesOf('11'))], [alice]);
  assert.deepEqual([...roomCreators(create, rulesOf('12'))], [alice, bob]);
});

test('moderators have levels of their own that allow to kick, ban and redact', () => {
  const of = (version: string, content?: JsonObject): readonly string[] => moderatorsOf(levels(version, content));
  assert.deepEqual(of('11'), [alice]);
  assert.deepEqual(of('11', {}), []);
  assert.deepEqual(of('12', {}), [alice]);
  assert.deepEqual(of('11', { users: { [bob]: 50, '@carol:example.org': 49 } }), [bob]);
  assert.deepEqual(of('11', { users: { [bob]: 50 }, ban: 60 }), []);
  assert.deepEqual(of('11', { users: { [bob]: 50, [alice]: 60 }, users_default: 50 }), [alice]);
  assert.deepEqual(of('11', { users: { [bob]: '50', nonsense: 100, __proto__: null } }), []);
  assert.deepEqual(of('11', { users: [bob] }), []);
  assert.equal(isModerator(levels('11', { users: { [bob]: 50 }, kick: 'x' }), bob), false);
});
