import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { processorTimeOf } from '../../../tests/support/processor-time.ts';
import { compileSubstrings } from './substring-finder.ts';

function found(wanted: readonly string[], text: string): string[] {
  return compileSubstrings(wanted)(text).map(({ index, start, end }) => {
    assert.equal(text.slice(start, end), wanted[index]);
    return `${String(start)} ${text.slice(start, end)}`;
  });
}

describe('compileSubstrings', () => {
  it('finds strings in strings, and those that overlap', () => {
    assert.deepEqual(found(['he', 'she', 'his', 'hers'], 'ushers'), ['1 she', '2 he', '2 hers']);
    assert.deepEqual(found(['a', '', 'a', 'aa'], 'aa'), ['0 a', '0 aa', '1 a']);
    assert.deepEqual(found(['🍆'], 'x🍆'), ['1 🍆']);
    assert.deepEqual(found([], 'x'), []);
  });

  it('finds what a search for each finds', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '𝕒', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(fc.uniqueArray(letters, { maxLength: 6 }), letters, (wanted, text) => {
        const expected = wanted.filter((one) => one !== '' && text.includes(one));
        const all = new Set(compileSubstrings(wanted)(text).map(({ index }) => wanted[index]));
        if (all.size < 10 && text.length < 4) assert.deepEqual([...all].sort(), expected.sort());
        for (const one of all) assert.ok(one !== undefined && expected.includes(one));
      }),
    );
  });

  it('costs no more for many strings than for one, whatever the text', () => {
    const wanted = Array.from({ length: 20_000 }, (_, index) => `${'a'.repeat(index % 50)}word${String(index)}`);
    const find = compileSubstrings(wanted);
    for (const unit of ['a', 'aaaaword', 'word1', 'é', 'x ']) {
      const text = unit.repeat(Math.floor(65_536 / Buffer.byteLength(unit)));
      const time = processorTimeOf(() => find(text));
      assert.ok(time < 200, `${unit} took ${String(time)} ms`);
    }
  });
});
