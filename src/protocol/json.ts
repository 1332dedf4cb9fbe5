/**
 * JSON as the network sends it. A document is parsed once; what `JSON.parse` would lose (number tokens that are no
 * plain integers) is kept as a `NumberToken`, so that the bytes that were signed can be made again.
 */

/** A JSON value. Numbers are integers within ±(2^53−1); all others are `NumberToken`s. */
export type JsonValue = null | boolean | number | string | NumberToken | readonly JsonValue[] | JsonObject;

/** Own keys only, `__proto__` among them: read keys that come from outside through `own`. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A number whose token is not that of an integer within ±(2^53−1): kept exactly as it was written. */
export class NumberToken {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** `detail` is a sentence for whoever sent the text. */
export type JsonParseResult = { ok: true; value: JsonValue } | { ok: false; detail: string };

/** Levels of arrays and objects that a document may nest. Deeper ones are refused (Python's parser gives up at about 1,000). */
export const MAX_JSON_DEPTH = 512;

const NUMBER_TOKEN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Finds numbers that `JSON.parse` might not keep; a hit inside a string only costs the slower parser. */
const INEXACT_NUMBER = /(?:^|[:,[\s])(?:-0|-?(?:\d{16}|\d+[.eE]))/;

/** A whole string: what follows its first backslash, and the colon where it is a key. */
const STRING_AND_COLON = /"[^"\\]*((?:\\.[^"\\]*)*)"([ \t\n\r]*:)?/g;
const TOO_DEEP = `nested more than ${String(MAX_JSON_DEPTH)} levels deep`;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Parses UTF-8 bytes (no byte order mark). Duplicate keys: the last wins, as in every implementation seen. */
export function parseJsonBytes(bytes: Uint8Array): JsonParseResult {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, detail: 'not valid UTF-8' };
  }
  return parseJson(text);
}

/** As `parseJsonBytes`, of text. Lone surrogates, written as escapes, are kept. */
export function parseJson(text: string): JsonParseResult {
  try {
    const value: unknown = JSON.parse(text);
    if (isDeeperThan(value, MAX_JSON_DEPTH)) return { ok: false, detail: TOO_DEEP };
    const exactly = INEXACT_NUMBER.test(text) || hasEscapedKey(text);
    return { ok: true, value: exactly ? parseExactly(text) : (value as JsonValue) };
  } catch (error) {
    return { ok: false, detail: error instanceof SyntaxError ? error.message : TOO_DEEP };
  }
}

/**
 * Whether a key is written with escapes. V8 13.6 (Node 24) mistakes such keys for others that it has seen before: after
 * `{"\\":1}` it reads `{"\"":1}` as `{"\\":1}`. Only keys can be hit; the text is known to be JSON.
 */
function hasEscapedKey(text: string): boolean {
  if (!text.includes('\\')) return false;
  STRING_AND_COLON.lastIndex = 0;
  for (let match = STRING_AND_COLON.exec(text); match !== null; match = STRING_AND_COLON.exec(text)) {
    if (match[2] !== undefined && match[1] !== undefined && match[1] !== '') return true;
  }
  return false;
}

/** Number tokens and arrays are no objects. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberToken);
}

/** Narrows without making the elements `any`. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The value of a key that may be any string; inherited properties do not count. */
export function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** `undefined` where the key is missing or holds no string. */
export function ownString(object: JsonObject, key: string): string | undefined {
  const value = own(object, key);
  return typeof value === 'string' ? value : undefined;
}

/** `undefined` where the key is missing or holds no object. */
export function ownObject(object: JsonObject, key: string): JsonObject | undefined {
  const value = own(object, key);
  return isJsonObject(value) ? value : undefined;
}

/** A copy with some keys replaced, added or (undefined) removed. Keys keep their meaning, `__proto__` included. */
export function withKeys(object: JsonObject, changes: ReadonlyMap<string, JsonValue | undefined>): JsonObject {
  const entries = new Map<string, JsonValue>(Object.entries(object));
  for (const [key, value] of changes) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return Object.fromEntries(entries);
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeperThan(item, levels - 1));
  for (const item of Object.values(value)) {
    if (typeof item === 'object' && item !== null && isDeeperThan(item, levels - 1)) return true;
  }
  return false;
}

/** Reads text that `JSON.parse` has accepted already, keeping number tokens; errors of syntax cannot occur here. */
function parseExactly(text: string): JsonValue {
  const cursor = { at: 0, depth: 0 };
  return readValue(text, cursor);
}

interface Cursor {
  at: number;
  depth: number;
}

function readValue(text: string, cursor: Cursor): JsonValue {
  skipSpace(text, cursor);
  switch (text[cursor.at]) {
    case '{':
      return readObject(text, cursor);
    case '[':
      return readArray(text, cursor);
    case '"':
      return readString(text, cursor);
    case 't':
      cursor.at += 4;
      return true;
    case 'f':
      cursor.at += 5;
      return false;
    case 'n':
      cursor.at += 4;
      return null;
    default:
      return readNumber(text, cursor);
  }
}

function readObject(text: string, cursor: Cursor): JsonObject {
  const entries: [string, JsonValue][] = [];
  descend(cursor);
  cursor.at += 1;
  for (;;) {
    skipSpace(text, cursor);
    if (text[cursor.at] === '}') break;
    if (text[cursor.at] === ',') cursor.at += 1;
    skipSpace(text, cursor);
    const key = readString(text, cursor);
    skipSpace(text, cursor);
    cursor.at += 1;
    entries.push([key, readValue(text, cursor)]);
  }
  cursor.at += 1;
  cursor.depth -= 1;
  return Object.fromEntries(entries);
}

/** Duplicate keys may hide from `isDeeperThan` what is read here. */
function descend(cursor: Cursor): void {
  cursor.depth += 1;
  if (cursor.depth > MAX_JSON_DEPTH) throw new RangeError(TOO_DEEP);
}

function readArray(text: string, cursor: Cursor): JsonValue[] {
  const items: JsonValue[] = [];
  descend(cursor);
  cursor.at += 1;
  for (;;) {
    skipSpace(text, cursor);
    if (text[cursor.at] === ']') break;
    if (text[cursor.at] === ',') cursor.at += 1;
    items.push(readValue(text, cursor));
  }
  cursor.at += 1;
  cursor.depth -= 1;
  return items;
}

function readString(text: string, cursor: Cursor): string {
  const start = cursor.at;
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  cursor.at = end + 1;
  return JSON.parse(text.slice(start, end + 1)) as string;
}

function readNumber(text: string, cursor: Cursor): number | NumberToken {
  NUMBER_TOKEN.lastIndex = cursor.at;
  const token = NUMBER_TOKEN.exec(text)?.[0] ?? '';
  cursor.at += token.length;
  const number = Number(token);
  return Number.isSafeInteger(number) && String(number) === token ? number : new NumberToken(token);
}

function skipSpace(text: string, cursor: Cursor): void {
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    cursor.at += 1;
  }
}
