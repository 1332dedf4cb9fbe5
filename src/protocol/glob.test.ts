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
