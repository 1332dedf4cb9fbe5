import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { canonicalSize } from '../../protocol/events.ts';
import { eventSize } from './event-size.ts';

const pdu = messageOf({ body: 'äöü'.repeat(100) });
const content = canonicalSize(pdu.content);

describe('event_size', () => {
  const table: readonly (readonly [string, Record<string, unknown>, boolean])[] = [
    ['an event of exactly the limit', { more_than: pdu.canonicalBytes }, false],
    ['an event of one byte more', { more_than: pdu.canonicalBytes - 1 }, true],
    ['content of exactly the limit', { more_than: content, of: 'content' }, false],
    ['content of one byte more', { more_than: content - 1, of: 'content' }, true],
    ['a usual event', {}, false],
    ['everything', { more_than: 0 }, true],
  ];
  for (const [what, settings, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      assert.equal(judge(checkOf(eventSize, settings), pdu).matched, matches ? 'yes' : 'no');
    });
  }

  it('counts bytes, not characters', () => assert.ok(content > 600));

  it('says how large it is', () => {
    assert.deepEqual(judge(checkOf(eventSize, { more_than: 600, of: 'content' }), pdu), {
      matched: 'yes',
      evidence: [{ path: 'content', note: `${String(content)} bytes, more than 600` }],
    });
  });

  it('refuses settings that are none', () => {
    for (const bad of [{ more_than: -1 }, { more_than: '10 MiB' }, { of: 'body' }]) {
      assert.throws(() => checkOf(eventSize, bad));
    }
  });
});
