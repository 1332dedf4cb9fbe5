import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGlob } from './glob.ts';

function naive(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)));
  return text.length > 0 && (first === '?' || first === text[0]) && naive(rest, text.slice(1));
}

test('agrees with a naive matcher', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '😀', '.', '*', '?'), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '😀', '.'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (glob, value) => {
      assert.equal(compileGlob(glob, { ignoreCase: false })(value), naive([...glob], [...value]));
    }),
    { numRuns: 3000 },
  );
});

test('case counts unless told otherwise', () => {
  assert.equal(compileGlob('A*c', { ignoreCase: true })('abC'), true);
  assert.equal(compileGlob('A*c', { ignoreCase: false })('abC'), false);
  assert.equal(compileGlob('Abc', { ignoreCase: true })('aBC'), true);
  assert.equal(compileGlob('a.c', { ignoreCase: false })('abc'), false);
});

test('hostile patterns cost little', () => {
  const start = process.cpuUsage().user;
  assert.equal(compileGlob(`${'*a'.repeat(200)}b`, { ignoreCase: false })('a'.repeat(5000)), false);
  assert.ok(process.cpuUsage().user - start < 500_000);
});

function seconds(operation: () => unknown): number {
  const start = process.cpuUsage().user;
  operation();
  return (process.cpuUsage().user - start) / 1_000_000;
}

test('patterns that make others go back again and again agree with the naive matcher', () => {
  const run = fc.nat(40).map((count) => 'a'.repeat(count));
  const pattern = fc.tuple(run, fc.constantFrom('*', '*?', '?', 'b'), run, fc.constantFrom('b', '*b', '?', ''));
  fc.assert(
    fc.property(pattern, fc.tuple(run, fc.constantFrom('', 'b'), run), (parts, text) => {
      const glob = `*?${parts.join('')}`;
      assert.equal(compileGlob(glob, { ignoreCase: false })(text.join('')), naive([...glob], [...text.join('')]));
    }),
    { numRuns: 300 },
  );
});

test('the cost of hostile patterns grows with the text, and not with its product with the pattern', () => {
  for (const glob of [`*${'a'.repeat(120)}?${'a'.repeat(120)}b`, `${'*a'.repeat(120)}?b`, `*?${'*?a'.repeat(80)}b`]) {
    const matches = compileGlob(glob, { ignoreCase: false });
    assert.equal(matches('a'.repeat(100_000)), false);
    assert.ok(seconds(() => matches('a'.repeat(100_000))) < 0.5, glob);
  }
});
