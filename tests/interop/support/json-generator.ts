import type { Dice } from './dice.ts';

/**
 * JSON that is about to be written: objects are lists of entries, so that keys such as `__proto__`, their order and
 * the tokens of numbers are in the generator's hand.
 */
export type Draft = { token: string } | { text: string } | { items: Draft[] } | { entries: Entry[] };
export type Entry = [key: string, value: Draft];

export const text = (value: string): Draft => ({ text: value });
export const token = (value: string | number): Draft => ({ token: String(value) });
export const object = (entries: Entry[]): Draft => ({ entries });
export const list = (items: Draft[]): Draft => ({ items });

/** Which numbers may appear. */
export type Numbers = 'safe' | 'any' | 'broken';

const keys = [
  ...['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype', 'valueOf', 'length'],
  ...['', '0', '1', '10', '2', '-1', '01', '4294967294', '4294967295', '9007199254740993', '1.5'],
  ...['a', 'A', 'aa', 'b', 'body', 'msgtype', 'm.relates_to', 'm.new_content', 'com.example', 'ä', 'z\u0308', 'ß'],
  ...['\u0000', '\u0001', '\u001f', '\u007f', '"', '\\', '/', '\n', '\t', '\u2028', '\u2029', '\ufeff'],
  ...['\ud7ff', '\ue000', '\uf8ff', '\uff5e', '\uffff', '\u{10000}', '\u{1f600}', '\u{1f600}a', '\u{10ffff}'],
];
const strings = [
  ...keys,
  ...['hello world', '@user:example.org', '$event:example.org', 'null', 'true', '-0', '1e5', '[1]', '{"a":1}'],
  ...['\b\f\n\r\t', '\u000b\u000e', '<b>&amp;</b>', '日本語', 'مرحبا', '👩‍👩‍👧‍👦', '\u200b\u202e', '\ufffd', 'x'.repeat(400)],
];
const safeIntegers = [
  ...['0', '1', '-1', '42', '255', '-2147483648', '2147483647', '4294967296', '1700000000000'],
  ...['9007199254740990', '9007199254740991', '-9007199254740991', '-9007199254740990'],
];
/** Valid in versions 1–5; written the way Python writes them too, since it renders them anew. */
const looseNumbers = [
  ...['9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775807', '-9223372036854775808'],
  ...['18446744073709551616', '123456789012345678901234567890', '0.5', '-0.5', '1.5', '0.1', '3.141592653589793'],
  ...['1e+20', '1e+300', '1e-07', '2.5e-10', '123456.789', '1.0', '100.0', '-1.0'],
];

/** A JSON value of bounded depth. */
export function anyValue(dice: Dice, numbers: Numbers, depth: number): Draft {
  const kind = dice.below(depth > 0 ? 9 : 5);
  if (kind < 2) return text(anyText(dice));
  if (kind === 2) return anyNumber(dice, numbers);
  if (kind === 3) return token(dice.one(['true', 'false', 'null']));
  if (kind === 4) return dice.one<() => Draft>([() => list([]), () => object([]), () => anyNumber(dice, numbers)])();
  const size = dice.below(5);
  if (kind < 7) return list(Array.from({ length: size }, () => anyValue(dice, numbers, depth - 1)));
  return object(anyEntries(dice, numbers, depth - 1, size));
}

/** Entries with distinct keys, many of them of the awkward kind. */
export function anyEntries(dice: Dice, numbers: Numbers, depth: number, size = dice.below(6)): Entry[] {
  const entries = new Map<string, Draft>();
  for (let count = 0; count < size; count++) entries.set(anyKey(dice), anyValue(dice, numbers, depth));
  return [...entries];
}

/** Arrays and objects inside one another. */
export function deepValue(dice: Dice, levels: number): Draft {
  let value: Draft = token(1);
  for (let level = 0; level < levels; level++) {
    value = dice.chance(0.5) ? list([value]) : object([[dice.one(['a', '__proto__', '0']), value]]);
  }
  return value;
}

export function anyNumber(dice: Dice, numbers: Numbers): Draft {
  if (numbers === 'safe' || dice.chance(0.4)) {
    return dice.chance(0.5) ? token(dice.one(safeIntegers)) : token(dice.below(1_000_000_000));
  }
  return token(dice.one(looseNumbers));
}

export function anyText(dice: Dice): string {
  if (dice.chance(0.7)) return dice.one(strings);
  return Array.from({ length: dice.below(12) }, () => anyCharacter(dice)).join('');
}

function anyKey(dice: Dice): string {
  if (dice.chance(0.75)) return dice.one(keys);
  return Array.from({ length: 1 + dice.below(3) }, () => anyCharacter(dice)).join('');
}

function anyCharacter(dice: Dice): string {
  const [from, to] = dice.one([
    [0x00, 0x20],
    [0x20, 0x7f],
    [0x7f, 0x800],
    [0x800, 0xd800],
    [0xe000, 0x10000],
    [0x10000, 0x110000],
  ] as const);
  return String.fromCodePoint(from + dice.below(to - from));
}

/** Writes JSON text with the freedom that the grammar leaves: order of keys, white space, escapes. */
export function render(dice: Dice, value: Draft): string {
  const space = dice.chance(0.3) ? (): string => dice.one(['', ' ', '\t', '\r', '  ']) : (): string => '';
  return renderWith(dice, value, space);
}

function renderWith(dice: Dice, value: Draft, space: () => string): string {
  if ('token' in value) return value.token;
  if ('text' in value) return renderText(dice, value.text);
  if ('items' in value) {
    const items = value.items.map((item) => space() + renderWith(dice, item, space) + space());
    return `[${items.join(',')}]`;
  }
  const entries = dice
    .shuffle(value.entries)
    .map(([key, item]) => `${space()}${renderText(dice, key)}${space()}:${space()}${renderWith(dice, item, space)}`);
  return `{${entries.join(',')}}`;
}

function renderText(dice: Dice, value: string): string {
  const plain = JSON.stringify(value);
  if (dice.chance(0.85)) return plain;
  const escaped = Array.from(value, (character) => {
    if (!dice.chance(0.3)) return JSON.stringify(character).slice(1, -1);
    if (character === '/') return '\\/';
    return Array.from({ length: character.length }, (_, index) => index)
      .map((index) => character.charCodeAt(index).toString(16).padStart(4, '0'))
      .map((hex) => `\\u${dice.chance(0.5) ? hex : hex.toUpperCase()}`)
      .join('');
  });
  return `"${escaped.join('')}"`;
}
