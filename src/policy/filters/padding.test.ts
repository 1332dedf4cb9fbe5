import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { padding } from './padding.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{ at_least: 3 }, 'a   ', '   '],
  [{ at_least: 3 }, '\n\n\na', '\n\n\n'],
  [{ at_least: 3 }, ' a  ', '  '],
  [{ at_least: 3 }, '  a ', '  '],
  [{ at_least: 3 }, 'a  ', undefined],
  [{ at_least: 3 }, 'a    b', undefined],
  [{ at_least: 3 }, '   ', '   '],
  [{ at_least: 3 }, 'a\u200b\u2800\u3164', '\u200b\u2800\u3164'],
  [{ at_least: 3 }, 'a👍', undefined],
  [{ at_least: 3 }, 'a\u{e0001}\u{e0020}\u{e007f}', '\u{e0001}\u{e0020}\u{e007f}'],
  [{ at_least: 6, unit: 'bytes' }, 'a\u3000\u3000', '\u3000\u3000'],
  [{}, `a${'\n'.repeat(24)}`, undefined],
  [{}, `a${'\n'.repeat(25)}`, '\n'.repeat(25)],
];

describe('padding', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(padding, settings), messageOf({ body }));
      assert.deepEqual(firstMatch(result), expected === undefined ? 'no' : ['content.body', expected]);
    });
  }

  it('looks at whole characters at both ends', () => {
    const tags = '\u{e0061}'.repeat(6);
    const row = (body: string): unknown => firstMatch(judge(checkOf(padding, { at_least: 5 }), messageOf({ body })));
    assert.deepEqual(row(`${tags}a`), ['content.body', tags]);
    assert.deepEqual(row(`a${tags}`), ['content.body', tags]);
    assert.deepEqual(row(`😂${tags}`), ['content.body', tags]);
    assert.deepEqual(row(tags), ['content.body', tags]);
    assert.equal(row(`😂${'\u{e0061}'.repeat(2)}`), 'no');
  });

  it('takes time in proportion to the text', () => {
    const check = checkOf(padding);
    for (const body of [' '.repeat(60_000), `${' a'.repeat(30_000)}b`, `a${' '.repeat(60_000)}b`]) {
      const time = processorTimeOf(() => judge(check, messageOf({ body })));
      assert.ok(time < 200, `${time} ms`);
    }
  });
});
