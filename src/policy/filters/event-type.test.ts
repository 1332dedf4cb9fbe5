import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { eventType } from './event-type.ts';

const message = messageOf({ body: 'x' });
const topic = eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: 'x' } });
const call = eventOf({ type: 'org.matrix.msc3401.call.member', stateKey: '_@a:home.test_X', content: {} });

describe('event_type', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, boolean])[] = [
    ['everything without settings', {}, message, true],
    ['a type', { types: ['m.room.message'] }, message, true],
    ['no other type', { types: ['m.room.message'] }, topic, false],
    ['a glob', { types: ['m.room.*'] }, topic, true],
    ['case', { types: ['M.ROOM.MESSAGE'] }, message, false],
    ['exceptions', { types: ['m.room.*'], except: ['m.room.top*'] }, topic, false],
    ['what is no exception', { types: ['m.room.*'], except: ['m.room.top*'] }, message, true],
    ['state only', { only: 'state' }, topic, true],
    ['state only, of a message', { only: 'state' }, message, false],
    ['other events only', { only: 'not_state' }, message, true],
    ['other events only, of state', { only: 'not_state' }, topic, false],
    ['a state key', { types: ['*'], state_keys: ['_@a:*'] }, call, true],
    ['another state key', { types: ['*'], state_keys: ['_@b:*'] }, call, false],
    ['a state key of a message', { state_keys: ['*'] }, message, false],
  ];
  for (const [what, settings, pdu, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'}: ${what}`, () => {
      assert.equal(judge(checkOf(eventType, settings), pdu).matched, matches ? 'yes' : 'no');
    });
  }

  it('says which glob it was', () => {
    assert.deepEqual(judge(checkOf(eventType, { types: ['m.room.*'], state_keys: ['*'] }), topic), {
      matched: 'yes',
      evidence: [
        { path: 'type', matched: 'm.room.topic', note: 'event type "m.room.*"' },
        { path: 'state_key', matched: '', note: 'state key "*"' },
      ],
    });
  });

  it('refuses settings that are none', () => {
    for (const bad of [{ types: [] }, { types: [''] }, { only: 'message' }, { type: ['x'] }]) {
      assert.throws(() => checkOf(eventType, bad));
    }
  });
});
