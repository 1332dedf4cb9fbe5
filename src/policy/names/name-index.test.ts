import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { normaliseText } from '../reading/normalised-text.ts';
import { TextWords } from '../reading/text-words.ts';
import { MAX_LENGTH, MAX_WORDS, NameIndex, wordsOfName } from './name-index.ts';

function indexOf(names: readonly string[]): NameIndex {
  const index = new NameIndex();
  for (const name of names) index.add(name);
  return index;
}

function wordsIn(text: string): TextWords {
  return new TextWords(normaliseText(text).text);
}

function found(names: readonly string[], text: string, shortest = 5): readonly string[] {
  return indexOf(names).find(wordsIn(text), shortest).names;
}

describe('names in a text', () => {
  const table: readonly (readonly [string, readonly string[], string, readonly string[], number?])[] = [
    ['a name', ['Alice'], 'hi Alice!', ['alice']],
    ['any case, marks and lookalikes', ['Alice'], 'hi ALÍCE, аlice', ['alice']],
    ['names written oddly', ['🦊 Ⓐlice 🦊'], 'hi alice', ['alice']],
    ['several words, whatever stands between them', ['Bob Baker'], 'ask bob_baker, or Bob\nBaker', ['bob baker']],
    ['each once, in the order of the text', ['Alice', 'Carol'], 'Carol Alice Carol', ['carol', 'alice']],
    [
      'the longest of those that overlap',
      ['Robert', 'Robert Paulson', 'Paulson Smith'],
      'robert paulson smith',
      ['robert paulson'],
    ],
    ['the shorter one where it stands alone', ['Robert', 'Robert Paulson'], 'robert! paul', ['robert']],
    ['names without spaces between words', ['田中太郎'], '昨日は田中太郎さんと', ['田 中 太 郎'], 4],
    ['nothing inside of words', ['Alice'], 'malice, aliceq, alice2', []],
    ['nothing of short names', ['the', 'Al', 'a b c'], 'the al a b c', []],
    ['short names where told', ['Al'], 'al', ['al'], 2],
    ['no letters in the length but letters', ['a - b'], 'a b', [], 3],
    ['one letter', ['x'], 'x', ['x'], 1],
  ];
  for (const [what, names, text, expected, shortest] of table) {
    it(`shows ${what}`, () => {
      assert.deepEqual(found(names, text, shortest), expected);
    });
  }

  it('are none where a name has no words, too many, or too long ones', () => {
    const many = Array.from({ length: MAX_WORDS + 1 }, () => 'ab').join(' ');
    for (const name of ['', '   ', '\u0301\u0300\u200b', '!!!', many, 'x'.repeat(MAX_LENGTH + 1), 'a'.repeat(60_000)]) {
      assert.equal(wordsOfName(name), undefined);
      assert.equal(indexOf([name]).size, 0);
      assert.deepEqual(found([name, 'Alice'], `${name} alice`), ['alice']);
    }
  });

  it('are those of members who are there', () => {
    const index = indexOf(['Alice', 'ALICE', 'Bob Baker']);
    assert.equal(index.size, 2);
    index.remove('alice');
    assert.deepEqual(index.find(wordsIn('alice bob baker'), 5).names, ['alice', 'bob baker']);
    index.remove('Alice');
    assert.deepEqual(index.find(wordsIn('alice bob baker'), 5).names, ['bob baker']);
    index.remove('Bob  Baker');
    assert.equal(index.size, 0);
    assert.deepEqual(index.find(wordsIn('alice bob baker'), 5), { names: [], lookups: 0 });
  });

  it('come to the same in whatever order members come and go', () => {
    const name = fc.constantFrom('a', 'a a', 'a b', 'b', 'b a b', 'c', '');
    const change = fc.tuple(name, fc.boolean());
    fc.assert(
      fc.property(fc.array(name, { maxLength: 8 }), fc.array(change), (stay, come) => {
        const index = new NameIndex();
        // Who comes goes again, before or after.
        for (const [one, first] of come) if (first) index.add(one);
        for (const one of stay) index.add(one);
        for (const [one] of come) index.remove(one);
        for (const [one, first] of come) if (!first) index.add(one);
        assert.equal(index.size, indexOf(stay).size);
        const text = wordsIn('a b a b c a a');
        assert.deepEqual(index.find(text, 1), indexOf(stay).find(text, 1));
      }),
    );
  });

  it('are what a look at each member would show', () => {
    const word = fc.constantFrom('ab', 'cd', 'ef', 'é');
    const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
    const text = fc.array(word, { maxLength: 10 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(phrase, { maxLength: 5 }), text, (names, said) => {
        const phrases = names.map((name) => wordsOfName(name) ?? '').sort((a, b) => b.length - a.length);
        const expected = new Set<string>();
        let rest = normaliseText(said).text;
        while (rest !== '') {
          const here = phrases.find((one) => `${rest} `.startsWith(`${one} `));
          if (here !== undefined) expected.add(here);
          rest = rest.slice((here ?? rest.split(' ')[0] ?? '').length).trimStart();
        }
        assert.deepEqual(found(names, said, 1), [...expected]);
      }),
    );
  });
});

describe('the work for a text', () => {
  const MEMBERS = 50_000;
  const members = Array.from({ length: MEMBERS }, (_, n) => `Person ${n.toString(36)}`);

  it('is that of its words, however many members there are', () => {
    const text = wordsIn('hello there, person zz and person 1 '.repeat(20));
    const few = indexOf(members.slice(0, 10)).find(text, 5);
    const many = indexOf(members).find(text, 5);
    assert.ok(few.lookups <= text.count);
    assert.ok(many.lookups <= few.lookups);
    assert.deepEqual(many.names, ['person zz', 'person 1']);
  });

  it('is bounded where members have chosen the worst names, and the text is as long as it can be', () => {
    // Names of each length that begin as the text goes on, and never end so.
    const worst = Array.from({ length: MAX_WORDS - 1 }, (_, n) => `${'a '.repeat(n + 1)}b`);
    const index = indexOf([...members, ...worst]);
    const text = wordsIn('a '.repeat(32_768));
    const { lookups, names } = index.find(text, 1);
    assert.deepEqual(names, []);
    assert.ok(lookups <= text.count * MAX_WORDS, String(lookups));
  });

  it('is bounded where the text is full of names', () => {
    const index = indexOf(members);
    const text = wordsIn(members.join(' ').slice(0, 65_000));
    const { lookups, names } = index.find(text, 5);
    assert.ok(names.length > 6_000);
    assert.ok(lookups <= text.count);
  });

  it('is nothing more after names have gone', () => {
    const index = indexOf(members);
    for (let n = 1; n <= MAX_WORDS; n += 1) index.add('ab '.repeat(n));
    for (let n = 1; n <= MAX_WORDS; n += 1) index.remove('ab '.repeat(n));
    const text = wordsIn('ab '.repeat(1_000));
    assert.ok(index.find(text, 5).lookups <= text.count);
  });
});

it('takes less than 200 bytes for a name, the longest too', () => {
  const index = new NameIndex();
  // The code that does it takes memory as well, once.
  indexOf(['warm', 'up']);
  const before = collectedHeap();
  for (let n = 0; n < 40_000; n += 1) index.add('λж'.repeat(MAX_LENGTH).slice(0, MAX_LENGTH - 5) + String(n + 10_000));
  const each = (collectedHeap() - before) / 40_000;
  assert.ok(each < 200, `${each.toFixed(0)} bytes`);
  assert.ok(index.size > 0);
});

const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

function collectedHeap(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
