import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { comparableName, comparableText } from './comparable-text.ts';
import { fuzzyHash, likeness } from './fuzzy-hash.ts';

const SPAM = 'Earn $5,000 a week from home! Write to me at telegram dot me slash fastmoney now, only ten places left';

function alike(a: string, b: string): number {
  return likeness(fuzzyHash(comparableText(a)), fuzzyHash(comparableText(b)));
}

function namesAlike(a: string, b: string): number {
  return likeness(fuzzyHash(comparableName(a)), fuzzyHash(comparableName(b)));
}

describe('fuzzy hashes', () => {
  const edits: readonly (readonly [string, string])[] = [
    ['another number', SPAM.replace('5,000', '7,500')],
    ['a word more', SPAM.replace('only', 'hurry up, only')],
    ['a word less', SPAM.replace('ten ', '')],
    ['a greeting before it', `Hi all! ${SPAM}`],
    ['random letters behind it', `${SPAM} xk3j`],
    ['capitals', SPAM.toUpperCase()],
    ['more blanks', SPAM.replaceAll(' ', '  ')],
    ['letters of another script', SPAM.replaceAll('e', '\u0435').replaceAll('o', '\u043e')],
    ['invisible characters', SPAM.replaceAll('a', 'a\u200b')],
  ];
  for (const [what, edited] of edits) {
    it(`survive ${what}`, () => assert.ok(alike(SPAM, edited) >= 80, String(alike(SPAM, edited))));
  }

  const others: readonly string[] = [
    'Has anybody seen the minutes of the meeting? I cannot find them in the usual place, and need them now',
    'The build fails on my machine since the last commit, something about a missing header file of openssl',
    'lol',
  ];
  for (const other of others) {
    it(`tell apart: ${other.slice(0, 20)}`, () => assert.ok(alike(SPAM, other) < 40, String(alike(SPAM, other))));
  }

  it('are 100 alike only for equal texts', () => {
    const long = 'one and the same long text, over and over. '.repeat(300);
    assert.equal(alike(long, long), 100);
    assert.ok(alike(long, `${long}x`) < 100);
    assert.equal(alike('ok', 'ok'), 100);
    assert.ok(alike('ok', 'no') < 60);
  });

  it('find names alike that differ by a number or a letter', () => {
    assert.equal(namesAlike('Crypto Queen 17', 'crypto queen 4711'), 100);
    assert.ok(namesAlike('Crypto Queen', 'Crypto Queens') >= 70);
    assert.ok(namesAlike('Crypto Queen', 'Alice') < 30);
  });

  it('are 70 characters of any text, always the same, like itself and symmetric', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        assert.match(fuzzyHash(a), /^[\w-]{70}$/);
        assert.equal(likeness(fuzzyHash(a), fuzzyHash(a)), 100);
        const [there, back] = [likeness(fuzzyHash(a), fuzzyHash(b)), likeness(fuzzyHash(b), fuzzyHash(a))];
        assert.equal(there, back);
        assert.ok(there >= 0 && there <= 100);
      }),
    );
  });

  it('estimate the share of common runs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 1_000_000 }), (changed, seed) => {
        // Words of their own: replacing one changes the runs in it and at its ends.
        const words = Array.from({ length: 200 }, (_, i) => (seed * 211 + i * 7919).toString(36));
        const edited = words.map((word, i) => (i < changed ? `${word.split('').reverse().join('')}q` : word));
        const share = diceOf(words.join(' '), edited.join(' '));
        const found = likeness(fuzzyHash(words.join(' ')), fuzzyHash(edited.join(' ')));
        assert.ok(Math.abs(found - share) <= 22, `${String(found)} of ${String(share)}`);
      }),
    );
  });
});

function diceOf(a: string, b: string): number {
  const runs = (text: string): Set<string> => new Set(Array.from(text, (_, i) => ` ${text} `.slice(i, i + 3)));
  const [ofA, ofB] = [runs(a), runs(b)];
  return (200 * ofA.intersection(ofB).size) / (ofA.size + ofB.size);
}
