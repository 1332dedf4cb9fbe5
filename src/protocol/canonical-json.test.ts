import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, canonicalText, compareCodePoints } from './canonical-json.ts';
import { anyJson } from './json-arbitrary.test.ts';
import { isJsonObject, parseJson, type JsonValue } from './json.ts';

interface Vectors {
  readonly specification: readonly [string, string][];
  readonly valid: readonly [string, string][];
  readonly refused: readonly string[];
}
const path = new URL('../../vectors/json/canonical.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;

function parsed(text: string): JsonValue {
  const result = parseJson(text);
  assert.ok(result.ok, text);
  return result.value;
}

function strict(value: JsonValue): string {
  const result = canonicalJson(value, 'strict');
  assert.ok(result.ok);
  return result.text;
}

for (const [input, expected] of [...vectors.specification, ...vectors.valid]) {
  test(`canonical form of ${input.slice(0, 60)}`, () => {
    assert.equal(strict(parsed(input)), expected);
    assert.equal(strict(parsed(expected)), expected);
  });
}

for (const input of vectors.refused) {
  test(`no canonical form: ${input}`, () => {
    const result = canonicalJson(parsed(input), 'strict');
    assert.ok(!result.ok);
    assert.equal(result.reason.type, input.includes('\\') ? 'surrogate' : 'number');
  });
}

test("the appendix' -0 becomes 0; its 1e10 is refused from room version 6 on and kept before", () => {
  assert.equal(strict(parsed('{"a":-0}')), '{"a":0}');
  const both = parsed('{"a":-0,"b":1e10}');
  assert.equal(canonicalJson(both, 'strict').ok, false);
  assert.deepEqual(canonicalJson(both, 'as-written'), { ok: true, text: '{"a":-0,"b":1e10}', normalized: false });
  assert.deepEqual(canonicalJson(parsed('{"a":-0}'), 'strict'), { ok: true, text: '{"a":0}', normalized: true });
});

test('numbers made in JavaScript follow the same rules', () => {
  assert.equal(strict(-0), '0');
  for (const number of [1.5, NaN, Infinity, 2 ** 53]) assert.equal(canonicalJson(number, 'strict').ok, false);
});

test('canonical text is JSON of the same value, and its own canonical form', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const text = strict(value);
      assert.deepEqual(parsed(text), value);
      assert.equal(strict(parsed(text)), text);
      const result = canonicalJson(value, 'as-written');
      assert.ok(result.ok && result.text === text);
    }),
    { numRuns: 500 },
  );
});

function shuffledToo(pairs: [string, JsonValue][]) {
  const all = { minLength: pairs.length, maxLength: pairs.length };
  return fc.shuffledSubarray(pairs, all).map((shuffled) => ({ pairs, shuffled }));
}

test('the order of keys and white space do not matter', () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), anyJson), { selector: ([key]) => key });
  fc.assert(
    fc.property(entries.chain(shuffledToo), ({ pairs, shuffled }) => {
      const text = JSON.stringify(Object.fromEntries(shuffled), undefined, 3);
      assert.equal(strict(parsed(text)), strict(Object.fromEntries(pairs)));
    }),
    { numRuns: 300 },
  );
});

test('keys are ordered as their code points, which is how their UTF-8 bytes are ordered', () => {
  const wide = fc.string({ unit: fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}') });
  fc.assert(
    fc.property(wide, wide, (a, b) => {
      assert.equal(Math.sign(compareCodePoints(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1000 },
  );
});

test('number tokens of old rooms are kept byte for byte', () => {
  const text = '{"a":[1.0,1e10,-0,1E+2,123456789012345678901234567890,0.10],"b":-9007199254740993}';
  const value = parsed(text);
  assert.ok(isJsonObject(value));
  assert.equal(canonicalText(value), text);
});

test('top-level keys can be left out', () => {
  const value = parsed('{"signatures":1,"a":{"signatures":2},"unsigned":3,"z":4}');
  assert.ok(isJsonObject(value));
  assert.equal(canonicalText(value, new Set(['signatures', 'unsigned'])), '{"a":{"signatures":2},"z":4}');
});

test('values nested too deep have no canonical form, and do not crash', () => {
  let value: JsonValue = 1;
  for (let level = 0; level < 200; level += 1) value = { a: [value] };
  assert.equal(canonicalJson(value, 'strict').ok, true);
  for (let level = 0; level < 100_000; level += 1) value = [value];
  const result = canonicalJson(value, 'strict');
  assert.ok(!result.ok && result.reason.type === 'depth');
});
