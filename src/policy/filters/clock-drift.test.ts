import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge } from '../../../tests/support/policy-events.ts';
import { clockDrift } from './clock-drift.ts';

const facts = factsWith();
const MINUTE = 60_000;
const DAY = 86_400_000;

describe('clock_drift', () => {
  const table: readonly (readonly [string, Record<string, unknown>, number, boolean])[] = [
    ['now', {}, 0, false],
    ['ten minutes ahead', {}, 10 * MINUTE, false],
    ['more than ten minutes ahead', {}, 10 * MINUTE + 1, true],
    ['years behind', {}, -5000 * DAY, false],
    ['ahead where that is off', { ahead_more_than: 'off' }, 5000 * DAY, false],
    ['a week behind', { behind_more_than: '7d' }, -7 * DAY, false],
    ['more than a week behind', { behind_more_than: '7d' }, -7 * DAY - 1, true],
    ['ahead, asked for both', { behind_more_than: '7d', ahead_more_than: '1h' }, 2 * 60 * MINUTE, true],
  ];
  for (const [what, settings, drift, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const pdu = eventOf({ type: 'm.room.message', content: {}, originServerTs: facts.now + drift });
      assert.equal(judge(checkOf(clockDrift, settings), pdu, facts).matched, matches ? 'yes' : 'no');
    });
  }

  it('says how far', () => {
    const pdu = eventOf({ type: 'm.room.message', content: {}, originServerTs: facts.now + 2 * DAY });
    assert.deepEqual(judge(checkOf(clockDrift), pdu, facts), {
      matched: 'yes',
      evidence: [{ path: 'origin_server_ts', matched: String(facts.now + 2 * DAY), note: '2d ahead' }],
    });
  });

  it('refuses settings that are none', () => {
    for (const bad of [{ ahead_more_than: 'on' }, { ahead_more_than: 600 }, { behind_more_than: '1y' }]) {
      assert.throws(() => checkOf(clockDrift, bad));
    }
  });
});
