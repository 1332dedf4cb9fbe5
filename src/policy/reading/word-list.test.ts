import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { compileWordList } from './word-list.ts';

interface Row {
  readonly list: readonly string[];
  readonly text: string;
  /** The parts of the text that match. */
  readonly found: readonly string[];
}

const rows: readonly Row[] = [
  { list: ['spam'], text: 'this is spam.', found: ['spam'] },
  { list: ['spam'], text: 'SPAM Spam ＳＰＡＭ', found: ['SPAM', 'Spam', 'ＳＰＡＭ'] },
  { list: ['spam'], text: 'spammer antispam spa m', found: [] },
  { list: ['casino'], text: 'the ca\u200bsi\u00adno is open', found: ['ca\u200bsi\u00adno'] },
  { list: ['spam'], text: '_spam_ **spam** "spam"', found: ['spam', 'spam', 'spam'] },
  { list: ['spam*'], text: 'spammer antispam spam', found: ['spammer', 'spam'] },
  { list: ['*spam*'], text: 'antispammer', found: ['antispammer'] },
  { list: ['sp?m'], text: 'spam spem sp m spaam', found: ['spam', 'spem'] },
  { list: ['buy now'], text: 'Buy, now! buynow; buy it now', found: ['Buy, now'] },
  { list: ['* pills'], text: 'cheap pills', found: ['cheap pills'] },
  { list: ['cheap *'], text: 'cheap pills', found: ['cheap pills'] },
  { list: ['foo_bar'], text: 'foo_bar foo bar', found: ['foo_bar', 'foo bar'] },
  { list: ['straße'], text: 'STRASSE STRAẞE', found: ['STRASSE', 'STRAẞE'] },
  { list: ['σας'], text: 'ΣΑΣ', found: ['ΣΑΣ'] },
  { list: ['слово'], text: 'СЛОВО', found: ['СЛОВО'] },
  { list: ['🍆'], text: 'an 🍆, here', found: ['🍆'] },
  { list: ['***', '  '], text: 'anything', found: [] },
  { list: ['.*', 'a.c'], text: 'abc a c', found: ['a c'] },
  { list: ['constructor', '__proto__'], text: 'constructor __proto__', found: ['constructor', 'proto'] },
  { list: [], text: 'anything', found: [] },
];

describe('compileWordList', () => {
  for (const { list, text, found } of rows) {
    it(`${JSON.stringify(list)} in ${JSON.stringify(text)}`, () => {
      const matches = compileWordList(list)(text);
      assert.deepEqual(
        matches.map(({ start, end }) => text.slice(start, end)),
        found,
      );
      assert.ok(matches.every(({ pattern }) => list.includes(pattern) || list.includes(pattern.trim())));
    });
  }

  it('says which entry matched, as it was written', () => {
    assert.deepEqual(compileWordList(['  Spam* '])('spammy'), [{ pattern: '  Spam* ', start: 0, end: 6 }]);
  });

  it('gives at most ten matches', () => {
    assert.equal(compileWordList(['a', '*'])('a '.repeat(100)).length, 10);
  });

  it('finds any listed word between others', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(word, fc.array(word), fc.array(word), (wanted, left, right) => {
        const text = [...left, wanted, ...right].join(' ');
        const isFound = compileWordList([wanted])(text).length > 0;
        const expected = text.split(' ').includes(wanted);
        assert.equal(isFound, expected);
      }),
    );
  });

  it('costs no more for a long list of patterns than for a short one', () => {
    const lists = [
      Array.from({ length: 1_000 }, (_, i) => `*word${String(i)}*`),
      Array.from({ length: 20_000 }, (_, i) => `word${String(i)}`),
      ['*a*a*a*b'],
      ['a b c d e f g h i j k x'],
    ];
    for (const list of lists) {
      const find = compileWordList(list);
      for (const unit of ['a ', 'a', 'a b c d e f g h i j k ', 'word ', '\u0301', 'ﷺ']) {
        const text = unit.repeat(Math.floor(65_536 / Buffer.byteLength(unit)));
        const time = processorTimeOf(() => assert.deepEqual(find(text), []));
        assert.ok(time < 500, `${String(list[0])} in ${unit} took ${String(time)} ms`);
      }
    }
  });
});
