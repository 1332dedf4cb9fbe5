import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { gramsOf, TextGrams } from './text-grams.ts';

describe('the runs of a text', () => {
  it('are those of every word in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), fc.string(), (before, word, after) => {
        assert.ok(new TextGrams(before + word + after).mayHold(gramsOf(word)));
      }),
    );
    assert.ok(new TextGrams('.'.repeat(60_000)).mayHold(gramsOf('anything')));
  });

  it('tell of most words that they are not there', () => {
    const text = new TextGrams(
      'Has anybody tried the new release with a postgres from last year? Mine keeps locking up.',
    );
    const words = ['casino', 'telegram', 'bitcoin', 'whatsapp', 'free money', 'guaranteed', 'investment', 'viagra'];
    assert.deepEqual(
      words.filter((word) => text.mayHold(gramsOf(word))),
      [],
    );
    assert.ok(text.mayHold(gramsOf('as')), 'too short to be told');
  });
});
