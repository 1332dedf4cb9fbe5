import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { repeatedCharacters } from './repeated-characters.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{ at_least: 4 }, 'nooooo', 'ooooo'],
  [{ at_least: 4 }, 'nooo', undefined],
  [{ at_least: 4 }, 'noOоὀo', 'oOоὀo'],
  [{ at_least: 4 }, 'a😂😂😂😂', '😂😂😂😂'],
  [{ at_least: 4 }, '❤️❤️❤️❤️', '❤️❤️❤️❤️'],
  [{ at_least: 4 }, 'a\u200ba\u200baa', 'a\u200ba\u200baa'],
  [{ at_least: 4 }, 'a     b', undefined],
  [{ at_least: 4 }, 'a\n\n\n\n\nb ---- ====', undefined],
  [{ at_least: 4, ignore: '' }, 'a ----', '----'],
  [{ at_least: 4, ignore: 'H' }, 'hhhh', undefined],
  [{}, 'hahahahahahahahahahahaha', undefined],
  [{}, '!!!!!!!!!!!!', '!!!!!!!!!!!!'],
];

describe('repeated_characters', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(repeatedCharacters, settings), messageOf({ body }));
      assert.deepEqual(firstMatch(result), expected === undefined ? 'no' : ['content.body', expected]);
    });
  }

  it('takes time in proportion to the text', () => {
    const check = checkOf(repeatedCharacters, { at_least: 10_000 });
    for (const unit of [`${'a'.repeat(9_999)}b`, 'a', 'é', '\u0301']) {
      const body = unit.repeat(Math.floor(60_000 / Buffer.byteLength(unit)));
      const time = processorTimeOf(() => judge(check, messageOf({ body })));
      assert.ok(time < 200, `${time} ms`);
    }
  });
});
