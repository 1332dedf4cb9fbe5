import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { normaliseText } from './normalised-text.ts';
import { TextWords } from './text-words.ts';

function wordsOf(text: string): readonly string[] {
  const words = new TextWords(normaliseText(text).text);
  return Array.from({ length: words.count }, (_, index) => words.phrase(index, 1));
}

describe('the words of a text', () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    [' \n\t', []],
    ['!?… 🦊', []],
    ['\u0301\u0302', []],
    ['Hello, World!', ['hello', 'world']],
    ["Alice's cat_2", ['alice', 's', 'cat', '2']],
    ['Zoë Ångström', ['zoe', 'angstrom']],
    ['Аlice', ['alice']],
    ['田中さん ok', ['田', '中', 'さ', 'ん', 'ok']],
    ['김철수 님', ['김철수', '님']],
    ['สมชาย', ['ส', 'ม', 'ช', 'า', 'ย']],
    ['रमेश', ['रमेश']],
  ];
  for (const [text, words] of table) {
    it(`of ${JSON.stringify(text)}`, () => {
      assert.deepEqual(wordsOf(text), words);
    });
  }

  it('are found as phrases, whatever stands between them, and not inside of words', () => {
    const text = 'robert, (Paulson) and bobert paulsons';
    const words = new TextWords(normaliseText(text).text);
    assert.deepEqual(words.find('robert paulson'), { start: 0, end: 16 });
    assert.deepEqual(words.find('paulsons'), { start: 29, end: 37 });
    assert.equal(words.find('bert'), undefined);
    assert.equal(words.find('paulson robert'), undefined);
    assert.equal(new TextWords('').find('a'), undefined);
  });

  it('stand in the text where they are found', () => {
    const piece = fc.constantFrom('alice', 'Bob', '田中', ' ', '-', 'é', 'x1', '😀', '\u0301');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(), fc.nat(), (pieces, from, more) => {
        const { text } = normaliseText(pieces.join(''));
        const words = new TextWords(text);
        if (words.count === 0) return;
        const first = from % words.count;
        const phrase = words.phrase(first, 1 + (more % (words.count - first)));
        const place = words.find(phrase);
        assert.ok(place !== undefined && place.start < place.end && place.end <= text.length);
        const found = new TextWords(text.slice(place.start, place.end));
        assert.equal(found.phrase(0, found.count), phrase);
      }),
    );
  });
});
