import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../json.ts';
import { knownRoomVersions, roomVersionRules } from '../room-versions.ts';
import { selectAuthEvents } from './select-auth-events.ts';

const ALICE = '@alice:one.example';
const BOB = '@bob:two.example';
const versions = knownRoomVersions().map((version) => roomVersionRules(version)!);

/** What is selected as `type|state_key`, without the create event and the power levels. */
function select(rules: (typeof versions)[number], type: string, stateKey: string | undefined, content: JsonObject) {
  const keys = selectAuthEvents({ type, stateKey, sender: ALICE, content }, rules).map(
    (key) => `${key.type}|${key.stateKey}`,
  );
  const first = rules.auth.roomIdIsCreateHash ? ['m.room.power_levels|'] : ['m.room.create|', 'm.room.power_levels|'];
  assert.deepEqual(keys.slice(0, first.length), first);
  assert.equal(new Set(keys).size, keys.length);
  return keys.slice(first.length);
}

test('nothing for create events', () => {
  for (const rules of versions) {
    assert.deepEqual(selectAuthEvents({ type: 'm.room.create', stateKey: '', sender: ALICE, content: {} }, rules), []);
  }
});

test("the sender's membership for any other event", () => {
  for (const rules of versions) {
    assert.deepEqual(select(rules, 'm.room.message', undefined, { membership: 'join' }), [`m.room.member|${ALICE}`]);
  }
});

test('what memberships need besides', () => {
  const both = [`m.room.member|${ALICE}`, `m.room.member|${BOB}`];
  for (const rules of versions) {
    for (const membership of ['leave', 'ban', 'other', 5]) {
      assert.deepEqual(select(rules, 'm.room.member', BOB, { membership }), both);
    }
    for (const membership of ['join', 'invite', 'knock']) {
      assert.deepEqual(select(rules, 'm.room.member', BOB, { membership }), [...both, 'm.room.join_rules|']);
    }
    const own = [`m.room.member|${ALICE}`, 'm.room.join_rules|'];
    assert.deepEqual(select(rules, 'm.room.member', ALICE, { membership: 'join' }), own);
  }
});

test('the third-party invite that an invite comes from', () => {
  const invite = (third_party_invite: JsonObject) => ({ membership: 'invite', third_party_invite });
  for (const rules of versions) {
    const token = select(rules, 'm.room.member', BOB, invite({ signed: { token: '__proto__' } })).at(-1);
    assert.equal(token, 'm.room.third_party_invite|__proto__');
    assert.equal(select(rules, 'm.room.member', BOB, invite({ signed: { token: 5 } })).length, 3);
    assert.equal(select(rules, 'm.room.member', BOB, invite({})).length, 3);
    assert.equal(
      select(rules, 'm.room.member', BOB, { ...invite({ signed: { token: 'x' } }), membership: 'join' }).length,
      3,
    );
  }
});

test('the user who authorised a restricted join, where the version has those', () => {
  for (const rules of versions) {
    const content = { membership: 'join', join_authorised_via_users_server: BOB };
    const selected = select(rules, 'm.room.member', ALICE, content);
    assert.equal(selected.includes(`m.room.member|${BOB}`), rules.auth.restrictedJoins);
    assert.equal(select(rules, 'm.room.member', ALICE, { ...content, membership: 'leave' }).length, 1);
    assert.equal(
      select(rules, 'm.room.member', ALICE, { ...content, join_authorised_via_users_server: ALICE }).length,
      2,
    );
  }
});
