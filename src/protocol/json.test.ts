import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalText } from './canonical-json.ts';
import { anyJson } from './json-arbitrary.test.ts';
import { isJsonObject, MAX_JSON_DEPTH, NumberToken, own, parseJson, parseJsonBytes, withKeys } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

function parsed(text: string): JsonValue {
  const result = parseJson(text);
  assert.ok(result.ok, `${text.slice(0, 80)}: ${result.ok ? '' : result.detail}`);
  return result.value;
}

function parsedObject(text: string): JsonObject {
  const value = parsed(text);
  assert.ok(isJsonObject(value));
  return value;
}

test('keys with escapes are not mistaken for others that were seen before', () => {
  const texts = [String.raw`{"\\":1}`, String.raw`{"\"":1}`, String.raw`{"\u001f":1}`, String.raw`{"\n":1}`];
  const expected = ['\\', '"', '\u001f', '\n'];
  for (let round = 0; round < 200; round += 1) {
    const found = texts.map((text) => Object.keys(parsedObject(text))[0]);
    assert.deepEqual(found, expected);
  }
});

test('documents survive being written and read, whatever their keys are', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      assert.deepEqual(parsed(JSON.stringify(value)), value);
      assert.deepEqual(parsed(JSON.stringify([value, 1.5])), [value, new NumberToken('1.5')]);
    }),
    { numRuns: 500 },
  );
});

test('number tokens that are no plain safe integers are kept as they were written', () => {
  const tokens = ['-0', '1.0', '1e10', '1E+2', '0.1', '-2.50', '9007199254740992', '-9007199254740992', '1e400'];
  for (const token of [...tokens, '18446744073709551617', '0e0', `1${'0'.repeat(400)}`]) {
    for (const text of [token, `[${token}]`, `{"a":${token}}`, `{"a" : [1, ${token} ] }`, ` ${token}\n`]) {
      assert.match(JSON.stringify(parsed(text)), /"text":/, text);
    }
    const value = parsed(token);
    assert.ok(value instanceof NumberToken);
    assert.equal(value.text, token);
  }
});

test('safe integers are numbers', () => {
  const integers = [0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1_000_000_000_000_000];
  for (const integer of integers) assert.equal(parsed(String(integer)), integer);
});

test('text in strings that looks like a number stays a string', () => {
  const value = { a: ':1.5', b: [',-0', ' 12345678901234567890'], ':1.5': '[1e5' };
  assert.deepEqual(parsed(JSON.stringify(value)), value);
});

test('special keys are own keys and pollute nothing', () => {
  const text = '{"__proto__":{"polluted":1},"constructor":2,"10":3,"9":4,"x":1.5}';
  for (const document of [text, text.replace('1.5', '15')]) {
    const object = parsedObject(document);
    assert.deepEqual(own(object, '__proto__'), { polluted: 1 });
    assert.equal(own(object, 'constructor'), 2);
    assert.equal(own(object, 'toString'), undefined);
    assert.equal(own(object, 'polluted'), undefined);
    assert.equal(Object.getPrototypeOf(object), Object.prototype);
  }
  assert.equal(own({}, 'polluted'), undefined);
});

test('withKeys copies, replaces and removes any key', () => {
  const object = parsedObject('{"__proto__":1,"a":2}');
  const changed = withKeys(object, new Map<string, JsonValue | undefined>([['a', undefined], ['constructor', 3]])); // prettier-ignore
  assert.equal(canonicalText(changed), '{"__proto__":1,"constructor":3}');
  assert.equal(canonicalText(withKeys(changed, new Map([['__proto__', 5]]))), '{"__proto__":5,"constructor":3}');
  assert.equal(canonicalText(object), '{"__proto__":1,"a":2}');
});

test('of duplicate keys the last wins', () => {
  assert.deepEqual(parsed('{"a":1,"b":0,"a":2}'), { a: 2, b: 0 });
  assert.deepEqual(parsed('{"a":1.5,"a":2}'), { a: 2 });
});

test('depth is limited, and very deep text is refused without a crash', () => {
  const nested = (levels: number, inner = ''): string => `${'['.repeat(levels)}${inner}${']'.repeat(levels)}`;
  for (const inner of ['', '1.5']) {
    assert.equal(parseJson(nested(200, inner)).ok, true);
    assert.equal(parseJson(nested(MAX_JSON_DEPTH, inner)).ok, true);
    assert.equal(parseJson(nested(MAX_JSON_DEPTH + 1, inner)).ok, false);
    assert.equal(parseJson(nested(100_000, inner)).ok, false);
  }
  assert.equal(parseJson(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`).ok, false);
  assert.equal(parseJson('['.repeat(1_000_000)).ok, false);
  assert.equal(parseJson(`{"a":${nested(100_000)},"a":1.5}`).ok, false);
});

test('what is no JSON is refused with a reason', () => {
  for (const text of [
    '',
    ' ',
    '{',
    '{"a":1,}',
    '01',
    '+1',
    '.5',
    '1.',
    'NaN',
    'Infinity',
    "{'a':1}",
    '"\n"',
    '\ufeff{}',
  ]) {
    const result = parseJson(text);
    assert.ok(!result.ok && result.detail.length > 0, text);
  }
});

test('bytes must be UTF-8 without a byte order mark', () => {
  assert.deepEqual(parseJsonBytes(Buffer.from('{"a":"é😀"}')), { ok: true, value: { a: 'é😀' } });
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0xef, 0xbb, 0xbf, 0x31],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0x22, 0xc0, 0x80, 0x22],
  ]) {
    assert.equal(parseJsonBytes(Uint8Array.from(bytes)).ok, false);
  }
});

test('hostile text costs linear time', () => {
  for (const text of [
    `"${'\\n'.repeat(500_000)}"`,
    `{${'"\\n":1,'.repeat(100_000)}"a":1}`,
    `[${'1.5,'.repeat(200_000)}1]`,
  ]) {
    const start = process.cpuUsage().user;
    assert.equal(parseJson(text).ok, true);
    assert.ok(process.cpuUsage().user - start < 3_000_000);
  }
});
