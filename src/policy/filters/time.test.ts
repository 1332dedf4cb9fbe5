import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { time } from './time.ts';

const NOON = '2026-01-01T12:00:00Z';
const facts = factsWith({}, { now: Date.parse(NOON) });

describe('time', () => {
  const rows: readonly (readonly [string, object, 'yes' | 'no'])[] = [
    ['from this moment on', { after: NOON }, 'yes'],
    ['from the next', { after: '2026-01-01T12:00:00.001Z' }, 'no'],
    ['until this moment', { before: NOON }, 'no'],
    ['until the next', { before: '2026-01-01T12:00:00.001Z' }, 'yes'],
    ['in another zone', { after: '2026-01-01T13:00:00+01:00' }, 'yes'],
    ['between', { after: '2026-01-01T00:00:00Z', before: '2026-01-02T00:00:00Z' }, 'yes'],
  ];
  for (const [what, settings, matched] of rows) {
    it(`${what}: ${matched}`, () => {
      assert.equal(judge(checkOf(time, settings), messageOf({ body: 'hello' }), facts).matched, matched);
    });
  }

  it('takes nothing else for a time', () => {
    for (const settings of [{}, { before: 'tomorrow' }, { before: 5 }, { before: '2026-13-01T00:00:00Z' }]) {
      assert.equal(time.prepare(settings, { wordLists: new Map() }).ok, false, JSON.stringify(settings));
    }
  });
});
