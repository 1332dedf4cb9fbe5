import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { zalgo } from './zalgo.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{ at_least: 1 }, 'a\u0301\u0302\u0303', '\u0301\u0302\u0303'],
  [{ at_least: 1 }, 'a\u0301\u0302', undefined],
  [{ at_least: 1, marks: 2 }, 'a\u0301\u0302', '\u0301\u0302'],
  [{}, 'a\u0301\u0302\u0303'.repeat(2), undefined],
  [{}, 'a\u0301\u0302\u0303'.repeat(3), '\u0301\u0302\u0303'],
  [{}, 'Tiếng Việt có dấu'.normalize('NFD'), undefined],
  [{ marks: 2, at_least: 1 }, 'שָׁלוֹם עֲלֵיכֶם', undefined],
  [{ at_least: 1 }, 'ภาษาไทยที่นี่ बिन्दी བསྒྲུབས', undefined],
  [{ at_least: 1 }, 'plain', undefined],
];

describe('zalgo', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(zalgo, settings), messageOf({ body }));
      assert.deepEqual(firstMatch(result), expected === undefined ? 'no' : ['content.body', expected]);
    });
  }
});
