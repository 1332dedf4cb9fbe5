import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { htmlToText } from './html-text.ts';

const rows: readonly (readonly [string, string])[] = [
  ['', ''],
  ['plain text', 'plain text'],
  ['a <b>bold</b> word', 'a bold word'],
  ['sp<b></b>am', 'spam'],
  ['one<br>two<br/>three', 'one\ntwo\nthree'],
  ['<p>one</p><p>two</p>', '\none\n\ntwo\n'],
  ['a &lt;b&gt; c', 'a <b> c'],
  ['&amp;lt;', '&lt;'],
  ['sp&#97;m &#x61; &aacute;', 'spam a á'],
  ['&xyzzy; & &', '&xyzzy; & &'],
  ['a<!-- hidden -->b', 'ab'],
  ['a<!-- never closed', 'a'],
  ['<a href="x > y">link</a>', 'link'],
  ["<a title='<b>'>link</a>", 'link'],
  ['1 < 2 and 3 > 2', '1 < 2 and 3 > 2'],
  ['<a href="never closed', '<a href="never closed'],
  ['<SPAN>case</SPAN>', 'case'],
];

describe('htmlToText', () => {
  for (const [source, text] of rows) {
    it(`reads ${JSON.stringify(source)}`, () => assert.equal(htmlToText(source).text, text));
  }

  it('finds the way back to the source, tags and entities not counted in', () => {
    for (const [source, word, part] of [
      ['a <b>bad</b> word', 'bad', 'bad'],
      ['x &amp; b<i>a</i>d', 'bad', 'b<i>a</i>d'],
      ['<p>&#98;ad&#33;</p>', 'bad!', '&#98;ad&#33;'],
      ['bad', 'bad', 'bad'],
      ['<br>bad', 'bad', 'bad'],
    ] as const) {
      const read = htmlToText(source);
      const start = read.text.indexOf(word);
      assert.equal(source.slice(read.sourceIndex(start), read.sourceEnd(start + word.length)), part);
    }
  });

  it('keeps every character outside of markup, each at its place', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('<b>', '</b>', '<br>', '&amp;', '<!-- -->', 'x', 'yz ', '>', '<')),
        (parts) => {
          const source = parts.join('');
          const read = htmlToText(source);
          for (const [index, character] of [...read.text].entries()) {
            const from = read.sourceIndex(index);
            assert.ok(from >= 0 && from <= source.length);
            assert.ok(read.sourceEnd(index + 1) >= from);
            if (/[xyz]/.test(character)) assert.equal(source[from], character);
          }
        },
      ),
    );
  });

  it('takes time in proportion to the source, whatever it holds', () => {
    htmlToText('<b>&amp;</b>'.repeat(2_000));
    const units = [
      '<a "',
      "<a '",
      '<a "\'',
      '<!--',
      '<!-',
      '&',
      '&#',
      '&amp',
      '<',
      '</',
      '<a ',
      '<b>',
      '<a ""',
      '<a b="',
    ];
    const sources = [
      ...units.map((unit) => unit.repeat(65_536 / unit.length)),
      ...['<', '</', '<a ', '<a b="', '&', '<!'].flatMap((start) => [
        start + 'a'.repeat(65_536),
        start + 'a-'.repeat(32_768),
      ]),
    ];
    for (const source of sources) {
      const time = processorTimeOf(() => htmlToText(source));
      // 50 ms with room for a collection of garbage.
      assert.ok(time < 150, `${source.slice(0, 20)}… took ${String(time)} ms`);
    }
  });
});
