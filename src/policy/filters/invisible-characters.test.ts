import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { invisibleCharacters } from './invisible-characters.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{}, 'ca\u200bsi\u00adno', '\u200b'],
  [{}, 'ca\u200bsino', undefined],
  [{ at_least: 1 }, 'ca\u200bsino', '\u200b'],
  [{ at_least: 1 }, 'casino \u200b here\ufeff', undefined],
  [{ at_least: 1, where: 'anywhere' }, 'casino \u200b here', '\u200b'],
  [{ at_least: 1, where: 'anywhere' }, '\u2800', '\u2800'],
  [{ at_least: 1, where: 'anywhere' }, '👩‍🚀 ❤️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👨‍👩‍👧 ❤️‍🔥 👍🏽', undefined],
  [{ at_least: 1 }, 'می\u200cخواهم क्\u200dष', undefined],
  [{ at_least: 1 }, 'a\u202eb\u2066c', '\u202e'],
  [{ at_least: 1 }, 'a\u0001b', '\u0001'],
  [{ at_least: 1, where: 'anywhere' }, 'tabs\tand\r\nlines', undefined],
  [{ at_least: 3 }, 'a\u200b\u200b\u200bb', '\u200b\u200b\u200b'],
];

describe('invisible_characters', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(invisibleCharacters, settings), messageOf({ body }));
      assert.deepEqual(firstMatch(result), expected === undefined ? 'no' : ['content.body', expected]);
    });
  }
});
