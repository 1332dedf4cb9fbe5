import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { scripts } from './scripts.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{ denied: ['Cyrillic'] }, 'a привет b', 'привет'],
  [{ denied: ['Cyrillic'] }, 'a b', undefined],
  [{ denied: ['Cyrillic'], at_least: 0.5 }, 'abcdef да', undefined],
  [{ denied: ['Cyrillic'], at_least: 0.5 }, 'ab да', 'да'],
  [{ allowed: ['Latin'] }, 'Ünïcödé, 123 – 👍 ª ｆｕｌｌ', undefined],
  [{ allowed: ['Latin'] }, 'abc 世界', '世界'],
  [{ allowed: ['Latin', 'Han', 'Hiragana', 'Katakana'] }, 'abc 世界 コーヒー', undefined],
  [{ mixed_words: 1 }, 'the раyраl', 'раyраl'],
  [{ mixed_words: 2 }, 'the раyраl', undefined],
  [{ mixed_words: 1 }, '10 kΩ, 5 μm, привет world', undefined],
  [{ mixed_words: 1 }, 'Tシャツ 東京Tokyo', undefined],
  [{ mixed_words: 1, fields: ['name'] }, 'раyраl', undefined],
];

describe('scripts', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(scripts, settings), messageOf({ body }));
      assert.deepEqual(firstMatch(result), expected === undefined ? 'no' : ['content.body', expected]);
    });
  }

  it('refuses scripts that are none, and settings that say nothing', () => {
    for (const bad of [{}, { allowed: ['latin'] }, { denied: ['Klingon'] }, { denied: [']'] }, { denied: [] }]) {
      assert.ok(!scripts.settings.safeParse(bad).success);
    }
  });
});
