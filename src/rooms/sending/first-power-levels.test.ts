import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALL_ROOM_VERSIONS, rulesOf, userIdOf } from '../../../tests/support/room-builder.ts';
import { NumberToken, own, ownObject } from '../../protocol/json.ts';
import { levelToSend, userLevel } from '../../protocol/power-levels.ts';
import { copiedPowerLevels, firstPowerLevels } from './first-power-levels.ts';

const BOT = userIdOf('@bot:one.example');
const MOD = userIdOf('@mod:one.example');

describe('the first power levels', () => {
  for (const version of ALL_ROOM_VERSIONS) {
    it(`let the bot of version ${version} alone replace the room`, () => {
      const { auth } = rulesOf(version);
      const content = firstPowerLevels(BOT, rulesOf(version), false);
      const levels = { content, creators: new Set<string>([BOT]), rules: auth };
      assert.ok(userLevel(levels, BOT) >= levelToSend(levels, 'm.room.tombstone', true));
      assert.equal(own(ownObject(content, 'users') ?? {}, BOT) !== undefined, !auth.privilegedCreators);
      if (auth.privilegedCreators) assert.ok(levelToSend(levels, 'm.room.tombstone', true) > 100);
    });
  }
});

describe('power levels from another room', () => {
  const old = {
    users: { [BOT]: 100, [MOD]: ' 50 ', '@odd:one.example': 'much' },
    events: { 'm.room.name': new NumberToken('25.5'), __proto__x: 3 },
    ban: '60',
    kick: null,
    extra: 'kept',
  };

  it('become integers, and what is no level is left out', () => {
    const copied = copiedPowerLevels(old, rulesOf('5').auth, rulesOf('11').auth, new Set([BOT]));
    assert.deepEqual(copied, {
      users: { [BOT]: 100, [MOD]: 50 },
      events: { 'm.room.name': 25, __proto__x: 3 },
      ban: 60,
      extra: 'kept',
    });
  });

  it('list no creators where those are above all levels, and keep the room theirs', () => {
    const copied = copiedPowerLevels(old, rulesOf('5').auth, rulesOf('12').auth, new Set([BOT]));
    assert.deepEqual(copied['users'], { [MOD]: 50 });
    assert.deepEqual(copied['events'], { 'm.room.name': 25, __proto__x: 3, 'm.room.tombstone': 150 });
    const higher = { events: { 'm.room.tombstone': 200 } };
    const kept = copiedPowerLevels(higher, rulesOf('12').auth, rulesOf('12').auth, new Set([BOT]));
    assert.deepEqual(kept, { users: {}, events: { 'm.room.tombstone': 200 } });
  });
});
