import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readYaml } from './yaml-text.ts';

const wrong: readonly (readonly [
  what: string,
  text: string,
  problems: readonly (readonly [number | undefined, RegExp])[],
])[] = [
  ['tabs', 'when:\n\tlinks: {}\n', [[2, /^tabs cannot indent YAML: use spaces$/]]],
  [
    'every key that is there twice',
    'a: 1\na: 2\nb: 1\nb: 2\n',
    [
      [2, /^Map keys must be unique$/],
      [4, /^Map keys must be unique$/],
    ],
  ],
  ['what is never closed', 'a: {b: 1\n', [[2, /end with a }$/]]],
  ['a quote that is never closed', 'a: "b\n', [[2, /^Missing closing "quote$/]]],
  ['several documents', 'a: 1\n---\nb: 2\n', [[2, /^expected one document/]]],
  ['keys that are no texts', '? [a]\n: b\n', [[1, /keys must be strings/]]],
  ['tags that nobody knows', 'a: !!js/function "x"\n', [[1, /^Unresolved tag/]]],
  ['aliases of nothing', 'a: *b\n', [[undefined, /Unresolved alias/]]],
  ['an alias within what it stands for', 'a: &a [*a]\n', [[undefined, /^an alias stands within/]]],
  [
    'aliases that unfold without end',
    ['a: &a [x, x, x, x, x, x, x, x]', ...['b', 'c', 'd', 'e', 'f', 'g']].map(unfolding).join('\n'),
    [[undefined, /Excessive alias count/]],
  ],
];

function unfolding(line: string, index: number): string {
  if (index === 0) return line;
  const before = String.fromCharCode(line.charCodeAt(0) - 1);
  return `${line}: &${line} [${Array.from({ length: 8 }, () => `*${before}`).join(', ')}]`;
}

describe('readYaml', () => {
  for (const [what, text, problems] of wrong) {
    it(`tells of ${what}`, () => {
      const read = readYaml(text);
      assert.ok(!read.ok);
      assert.deepEqual(
        read.problems.map(({ line }) => line),
        problems.map(([line]) => line),
      );
      for (const [index, [, message]] of problems.entries()) assert.match(read.problems[index]?.message ?? '', message);
    });
  }

  it('tells of nesting without end', () => {
    const read = readYaml(`a: ${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    assert.deepEqual(read, { ok: false, problems: [{ line: 1, message: 'nested too deep' }] });
  });

  it('reads anchors, and words as texts that were truth values in older YAML', () => {
    const read = readYaml('a: &a {mode: off}\nb: *a\nc: [on, yes, 0x10, 1e3]\n');
    assert.deepEqual(read.ok && read.value, { a: { mode: 'off' }, b: { mode: 'off' }, c: ['on', 'yes', 16, 1000] });
  });
});
