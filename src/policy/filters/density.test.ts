import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { density } from './density.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{ min_length: 4 }, 'abcd', '100.0 % of 4 characters are no whitespace'],
  [{ min_length: 5 }, 'abcd', undefined],
  [{ min_length: 4 }, 'ab cd', undefined],
  [{ min_length: 4, at_least: 0.8 }, 'ab cd', '80.0 % of 5 characters are no whitespace'],
  [{ min_length: 4, at_least: 0.8 }, 'ab\n\t\u3000cd', undefined],
  [{ min_length: 6, unit: 'bytes' }, 'ééé', '100.0 % of 6 bytes are no whitespace'],
  [{ min_length: 6 }, 'ééé', undefined],
  [{}, 'x'.repeat(149), undefined],
  [{}, 'x'.repeat(150), '100.0 % of 150 characters are no whitespace'],
  [{}, `${'x'.repeat(143)} `.repeat(2), '99.3 % of 288 characters are no whitespace'],
  [{}, 'word '.repeat(100), undefined],
  [{ min_length: 4, fields: ['filename'] }, 'abcd', undefined],
];

describe('density', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(density, settings), messageOf({ body }));
      assert.equal(result.matched === 'yes' ? result.evidence[0]?.note : undefined, expected);
    });
  }
});
