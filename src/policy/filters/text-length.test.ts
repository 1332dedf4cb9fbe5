import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { textLength } from './text-length.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{ more_than: 3 }, 'abc', undefined],
  [{ more_than: 3 }, 'abcd', '4 characters'],
  [{ more_than: 3 }, '👍👍👍', undefined],
  [{ more_than: 3 }, 'ééé', undefined],
  [{ more_than: 5, unit: 'bytes' }, 'ééé', '6 bytes'],
  [{ more_than: 5, unit: 'bytes' }, 'abcde', undefined],
  [{ more_than: 3, unit: 'bytes' }, '👍', '4 bytes'],
  [{ less_than: 3 }, 'ab', '2 characters'],
  [{ less_than: 3 }, '👍👍', '2 characters'],
  [{ less_than: 3 }, 'abc', undefined],
  [{ less_than: 2, more_than: 4 }, 'abc', undefined],
  [{ less_than: 2, more_than: 4 }, 'abcde', '5 characters'],
  [{ more_than: 3, fields: ['topic'] }, 'abcd', undefined],
];

describe('text_length', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(textLength, settings), messageOf({ body }));
      assert.equal(result.matched === 'yes' ? result.evidence[0]?.note : undefined, expected);
    });
  }

  it('looks at what HTML shows', () => {
    const check = checkOf(textLength, { more_than: 3 });
    assert.equal(judge(check, messageOf({ formatted_body: '<b>a</b>&amp;b' })).matched, 'no');
  });

  it('needs a limit', () => {
    for (const bad of [{}, { more_than: -1 }, { more_than: 1.5 }, { more_than: 5, unit: 'lines' }]) {
      assert.ok(!textLength.settings.safeParse(bad).success);
    }
  });
});
