import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf } from '../../tests/support/policy-events.ts';
import { rulesOf, userIdOf } from '../../tests/support/room-builder.ts';
import type { JsonObject } from '../protocol/json.ts';
import { ALLOW_ALL } from '../protocol/server-acl.ts';
import { factsAbout, recordOf } from './facts.ts';
import type { RoomFacts } from './ports.ts';

const BOT = userIdOf('@gatehouse:policy.test');
const NOW = Date.UTC(2026, 0, 1);
const SENDER = userIdOf('@bob:home.test');

function roomWith(levels: JsonObject | undefined, version = '11', creators: readonly string[] = []): RoomFacts {
  const rules = rulesOf(version);
  return {
    roomId: pdu.roomId,
    rules,
    membership: 'joined',
    namesUs: true,
    acl: ALLOW_ALL,
    powerLevels: { content: levels, creators: new Set(creators), rules: rules.auth },
    membershipOf: (userId) => (userId === SENDER ? 'join' : 'leave'),
    displayNameOf: () => undefined,
    moderators: () => [],
    members: { joinedNames: () => [], joinedName: () => undefined, watchNames: () => () => undefined },
  };
}

const pdu = eventOf({ type: 'm.room.message', sender: SENDER });

describe('factsAbout', () => {
  const rows: readonly (readonly [string, RoomFacts, number, boolean])[] = [
    ['nobody', roomWith({}), 0, false],
    ['a user with power', roomWith({ users: { [SENDER]: 50 } }), 50, true],
    ['a user with some power', roomWith({ users: { [SENDER]: 49 } }), 49, false],
    ['a user who may kick, but not ban', roomWith({ users: { [SENDER]: 50 }, ban: 51 }), 50, false],
    ['everybody, where everybody has power', roomWith({ users_default: 100 }), 100, false],
    ['one with no more than everybody', roomWith({ users_default: 50, users: { [SENDER]: 50 } }), 50, false],
    ['a room where nothing takes power', roomWith({ ban: 0, kick: 0, redact: 0 }), 0, false],
    ['a creator of version 12', roomWith({}, '12', [SENDER]), Infinity, true],
    ['a creator of version 11', roomWith({}, '11', [SENDER]), 0, false],
    ['a creator without power levels', roomWith(undefined, '11', [SENDER]), 100, true],
    ['a level that is a string', roomWith({ users: { [SENDER]: '100' } }, '9'), 100, true],
  ];
  for (const [what, room, level, isModerator] of rows) {
    it(`of ${what}`, () => {
      const facts = factsAbout(pdu, room, BOT, NOW);
      assert.deepEqual([facts.senderPowerLevel, facts.senderIsModerator], [level, isModerator]);
      assert.equal(facts.senderMembership, 'join');
    });
  }

  it('takes a level that is none for no power', () => {
    const facts = factsAbout(pdu, roomWith({ users: { [SENDER]: '100' } }), BOT, NOW);
    assert.equal(facts.senderIsModerator, false);
    assert.equal(recordOf(facts, [])['sender_power_level'], null);
  });

  it('tells what concerns the bot', () => {
    const content = { membership: 'leave' };
    const about = eventOf({ type: 'm.room.member', stateKey: BOT, content });
    const other = eventOf({ type: 'm.room.member', stateKey: SENDER, content });
    const elsewhere = eventOf({ type: 'org.example', stateKey: BOT });
    assert.deepEqual(
      [about, other, elsewhere].map((event) => factsAbout(event, roomWith({}), BOT, NOW).concernsBot),
      [true, false, false],
    );
  });

  it('can be recorded', () => {
    assert.deepEqual(recordOf(factsAbout(pdu, roomWith({}, '12', [SENDER]), BOT, NOW), []), {
      sender_power_level: 'creator',
      sender_is_moderator: true,
      sender_membership: 'join',
    });
  });
});
