import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { normaliseText } from './normalised-text.ts';

const rows: readonly (readonly [what: string, source: string, text: string])[] = [
  ['nothing', '', ''],
  ['case', 'Hello THERE', 'hello there'],
  ['full width', 'ＦＲＥＥ\u3000ｍｏｎｅｙ', 'free money'],
  ['mathematical letters', '𝓕𝓻𝓮𝓮 𝕞𝕠𝕟𝕖𝕪 𝙵𝚛𝚎𝚎 𝐌𝐎𝐍𝐄𝐘', 'free money free money'],
  ['enclosed letters', 'Ⓕⓡⓔⓔ 🅼🅾🅽🅴🆈', 'free money'],
  ['small capitals', 'ꜰʀᴇᴇ ᴍᴏɴᴇʏ', 'free money'],
  ['Cyrillic letters among Latin ones', 'раураl сᴀsіnо', 'paypal casino'],
  ['Cyrillic capitals', 'СТАВКА', 'ctabka'],
  ['Greek letters among Latin ones', 'ΝΙΤRΟ', 'nitro'],
  ['Cherokee letters', 'ᏴᎪᎠ', 'bad'],
  ['accents', 'Crème BRÛLÉE', 'creme brulee'],
  ['strokes', 'øđłħŧ', 'odlht'],
  ['zalgo', 's̷̢p̴̛͜a̶m̵', 'spam'],
  ['zero width', 'ca\u200bsi\u00ad\u2060no\ufeff', 'casino'],
  ['controls', 'ca\u0001si\u202eno\u0085', 'casino'],
  ['line ends and tabs, which stay', 'a\tb\r\nc', 'a\tb\r\nc'],
  ['ligatures', 'ﬁne ĳs ŒUVRE', 'fine ijs oeuvre'],
  ['sharp s', 'STRAẞE straße', 'strasse strasse'],
  ['final sigma', 'ΛΣ λς', 'λo λo'],
  ['dotted and dotless i', 'İı', 'ii'],
  ['Korean in parts', '한국', '한국'],
  ['kana with voiced marks', 'か\u3099ｶﾞ', 'がガ'],
  ['vowel signs, which stay', 'हिन्दी ไทย', 'हिन्दी ไทย'],
  ['Arabic vowels', 'مُحَمَّد', 'محمد'],
  ['emoji', '👍🏽 ❤️ 👩‍🚀', '👍🏽 ❤ 👩🚀'],
];

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyzéüñåæøßабвгдежзийклмнопрстуфхцчшщъыьэюяіїєґ ');

describe('normaliseText', () => {
  for (const [what, source, text] of rows) {
    it(`folds ${what}`, () => assert.equal(normaliseText(source).text, text));
  }

  it('finds the way back, marks on letters counted in', () => {
    const spans: readonly (readonly [source: string, word: string, part: string])[] = [
      ['see s̷p̴a̶m̵\u200b!', 'spam', 's̷p̴a̶m̵'],
      ['a ca\u200bsi\u00adno b', 'casino', 'ca\u200bsi\u00adno'],
      ['x 𝕓𝕒𝕕 y', 'bad', '𝕓𝕒𝕕'],
      ['a ﬁn', 'i', 'ﬁ'],
      ['한국 x', '한', '한'],
    ];
    for (const [source, word, part] of spans) {
      const read = normaliseText(source);
      const start = read.text.indexOf(word);
      assert.equal(source.slice(read.sourceIndex(start), read.sourceEnd(start + word.length)), part);
    }
  });

  const odd = fc.constantFrom(
    ...'aA1I|оОΙιςΣßẞİıﬁ½Åé가ᄀ\u1161\u11a8ㅋㅏ\u3099かｶﾞ\u0301\u0327\u200b\u200d\u00ad\ufe0f𝕒🅰👍क\u093c\u0928\u0939\u17d2\ud800Ϲϲǅﷺ\u0345\u0390\u1f80㋿'.normalize(
      'NFC',
    ),
    '\ud83d',
    '\u0308',
    '\u0ccd\u0cd5',
  );
  const texts = [
    fc.string({ unit: odd }),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  ] as const;

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(...texts), (source) => {
        const once = normaliseText(source).text;
        assert.equal(normaliseText(once).text, once);
      }),
      { numRuns: 2_000 },
    );
  });

  it('changes no character of alphabets and symbols the second time', () => {
    for (let code = 0; code <= 0x1ffff; code = code === 0x33ff ? 0xa000 : code === 0xabff ? 0xd7a0 : code + 1) {
      const once = normaliseText(String.fromCodePoint(code)).text;
      if (normaliseText(once).text !== once) assert.fail(`U+${code.toString(16)}`);
    }
  });

  it('reads letters of either case the same, and accents in one or in two characters', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...LETTERS),
        }),
        (source) => {
          const { text } = normaliseText(source);
          assert.equal(normaliseText(source.normalize('NFD')).text, text);
          assert.equal(normaliseText(source.toUpperCase()).text, text);
        },
      ),
    );
  });

  it('leads back to places in order and inside the source', () => {
    fc.assert(
      fc.property(fc.oneof(...texts), (source) => {
        const read = normaliseText(source);
        let before = 0;
        for (let index = 0; index < read.text.length; index += 1) {
          const start = read.sourceIndex(index);
          const end = read.sourceEnd(index + 1);
          assert.ok(start >= before && start < end && end <= source.length);
          before = start;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes time in proportion to the text, whatever it holds', () => {
    for (const unit of ['a', 'é', 'ﷺ', '\u0301', 'a\u0301', '가', '\u1100\u1161\u11a8', '\u3099', '𝕒', '\u200b']) {
      const source = unit.repeat(Math.floor(65_536 / Buffer.byteLength(unit)));
      const time = processorTimeOf(() => normaliseText(source));
      assert.ok(time < 250, `${unit} took ${String(time)} ms`);
    }
  });
});
