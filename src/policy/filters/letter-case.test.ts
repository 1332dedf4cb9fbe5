import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { letterCase } from './letter-case.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{ min_letters: 5 }, 'HELLO', '5 of 5 letters are capitals'],
  [{ min_letters: 5 }, 'HELL', undefined],
  [{ min_letters: 5 }, 'HELLo', '4 of 5 letters are capitals'],
  [{ min_letters: 5, at_least: 0.9 }, 'HELLo', undefined],
  [{ min_letters: 5 }, 'H3LL0 !!!', undefined],
  [{ min_letters: 5 }, 'ПРИВЕТ 世界', '6 of 6 letters are capitals'],
  [{ min_letters: 2 }, '世界 あいう 한국 عربي', undefined],
  [{}, 'THIS IS JUST TOO LOUD FOR A ROOM', '25 of 25 letters are capitals'],
  [{}, 'This is a sentence about NASA and HTTP.', undefined],
];

describe('letter_case', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(letterCase, settings), messageOf({ body }));
      assert.equal(result.matched === 'yes' ? result.evidence[0]?.note : undefined, expected);
    });
  }
});
