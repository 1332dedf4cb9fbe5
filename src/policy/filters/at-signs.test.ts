import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { atSigns } from './at-signs.ts';

const inText = { more_than: 2 };
const inContent = { more_than: 2, counted_in: 'content' };
const rows: readonly (readonly [string, object, Pdu, { path: string; count: number } | undefined])[] = [
  ['a body', inText, messageOf({ body: '@a@ @' }), { path: 'content.body', count: 3 }],
  ['as many as allowed', inText, messageOf({ body: '@a @' }), undefined],
  ['two texts with two', inText, messageOf({ body: '@@', formatted_body: '@@' }), undefined],
  ['entities of HTML', inText, messageOf({ formatted_body: '&#64;@@' }), { path: 'content.formatted_body', count: 3 }],
  ['other forms of the sign', inText, messageOf({ body: 'a＠b﹫c@' }), { path: 'content.body', count: 3 }],
  ['fields that nobody reads', inText, messageOf({ 'a.b': '@@@' }), undefined],
  ['all of the content', inContent, messageOf({ body: '@', 'a.b': [{ '@': '@' }] }), { path: 'content', count: 3 }],
  ['little in the content', inContent, messageOf({ body: '@', 'a.b': ['@', 7, null] }), undefined],
  ['a redaction', inText, eventOf({ type: 'm.room.redaction', content: { reason: '@@@' } }), undefined],
];

describe('at_signs', () => {
  for (const [what, settings, pdu, found] of rows) {
    it(`${found === undefined ? 'passes' : 'counts'} ${what}`, () => {
      const result = judge(checkOf(atSigns, settings), pdu);
      if (found === undefined) assert.equal(result.matched, 'no');
      else {
        const note = `${String(found.count)} @ signs, at most 2 are allowed`;
        assert.deepEqual(result, { matched: 'yes', evidence: [{ path: found.path, note }] });
      }
    });
  }

  it('allows 20 unless told otherwise', () => {
    assert.equal(judge(checkOf(atSigns), messageOf({ body: '@'.repeat(20) })).matched, 'no');
    assert.equal(judge(checkOf(atSigns), messageOf({ body: '@'.repeat(21) })).matched, 'yes');
  });
});
