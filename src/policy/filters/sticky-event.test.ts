import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { stickyEvent } from './sticky-event.ts';

const having = (fields: JsonObject): Pdu =>
  eventOf({ type: 'm.rtc.member', content: {}, change: (event) => ({ ...event, ...fields }) });

describe('sticky_event', () => {
  const table: readonly (readonly [string, Record<string, unknown>, JsonObject, boolean])[] = [
    ['the stable field', {}, { sticky: { duration_ms: 1000 } }, true],
    ['the unstable field', {}, { msc4354_sticky: { duration_ms: 1000 } }, true],
    ['a duration of nothing', {}, { sticky: { duration_ms: 0 } }, true],
    ['no duration', {}, { sticky: {} }, false],
    ['a text for a duration', {}, { sticky: { duration_ms: '1000' } }, false],
    ['a negative duration', {}, { sticky: { duration_ms: -1 } }, false],
    ['something else of that name', {}, { sticky: true }, false],
    ['no field', {}, {}, false],
    ['content of that name', {}, { content: { sticky: { duration_ms: 1000 } } }, false],
    ['a long one', { duration_more_than: '10m' }, { sticky: { duration_ms: 600_001 } }, true],
    ['a short one', { duration_more_than: '10m' }, { sticky: { duration_ms: 600_000 } }, false],
    [
      'the longer of both',
      { duration_more_than: '10m' },
      { sticky: { duration_ms: 1 }, msc4354_sticky: { duration_ms: 900_000 } },
      true,
    ],
    ['more than there is', { duration_more_than: '1h' }, { sticky: { duration_ms: 9_000_000 } }, false],
  ];
  for (const [what, settings, fields, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      assert.equal(judge(checkOf(stickyEvent, settings), having(fields)).matched, matches ? 'yes' : 'no');
    });
  }

  it('says for how long', () => {
    assert.deepEqual(judge(checkOf(stickyEvent), having({ msc4354_sticky: { duration_ms: 9_000_000 } })), {
      matched: 'yes',
      evidence: [{ path: 'msc4354_sticky.duration_ms', matched: '9000000', note: 'sticky for 1h' }],
    });
  });
});
