/**
 * Canonical JSON (appendices, "Canonical JSON"): shortest UTF-8 JSON, keys sorted by Unicode code point, integers within
 * ±(2^53−1) only.
 */
import { isJsonArray, MAX_JSON_DEPTH, NumberToken, type JsonObject, type JsonValue } from './json.ts';

/**
 * `strict` is the specification's canonical JSON, enforced from room version 6 on. `as-written` keeps the number tokens
 * that older rooms may contain byte for byte.
 */
export type NumberRule = 'strict' | 'as-written';

/** `normalized`: a number is written otherwise than it came (`-0` as `0`), so the text parses to another value. */
export type CanonicalJsonResult =
  | { ok: true; text: string; normalized: boolean }
  | { ok: false; reason: { type: 'number' | 'surrogate' | 'depth'; detail: string } };

const MAX_INTEGER = Number.MAX_SAFE_INTEGER;
// eslint-disable-next-line no-control-regex -- these are the characters that canonical JSON escapes
const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** @NOTE Synapse and this code write `-0` as `0`, as the appendix' example does; ruma refuses it. */
export function canonicalJson(value: JsonValue, numbers: NumberRule): CanonicalJsonResult {
  try {
    const writing: Writing = { numbers, normalized: false };
    return { ok: true, text: write(value, writing, 0), normalized: writing.normalized };
  } catch (error) {
    if (error instanceof NotCanonical) return { ok: false, reason: { type: error.type, detail: error.message } };
    throw error;
  }
}

/** One key of an object with its value: `"key":value`. */
export interface CanonicalEntry {
  readonly key: string;
  readonly text: string;
}

/** An object's canonical JSON in its parts, in order: written once, they serve for every text made of some of them. */
export type CanonicalEntriesResult =
  { ok: true; entries: readonly CanonicalEntry[]; normalized: boolean } | (CanonicalJsonResult & { ok: false });

/** As `canonicalJson`, in parts. */
export function canonicalEntries(object: JsonObject, numbers: NumberRule): CanonicalEntriesResult {
  try {
    const writing: Writing = { numbers, normalized: false };
    const entries: CanonicalEntry[] = [];
    for (const key of sortedKeys(object)) {
      const value = object[key];
      if (value !== undefined) entries.push({ key, text: `${writeString(key)}:${write(value, writing, 1)}` });
    }
    return { ok: true, entries, normalized: writing.normalized };
  } catch (error) {
    if (error instanceof NotCanonical) return { ok: false, reason: { type: error.type, detail: error.message } };
    throw error;
  }
}

/** The object that has these entries. */
export function joinEntries(entries: readonly CanonicalEntry[]): string {
  let text = '{';
  for (const entry of entries) text += text.length === 1 ? entry.text : `,${entry.text}`;
  return `${text}}`;
}

/**
 * The canonical text of an object that has been checked before (a parsed event, a document of our own), without some of
 * its top-level keys. Throws where the value has no canonical form: a mistake of the caller.
 */
export function canonicalText(object: JsonObject, without: ReadonlySet<string> = NO_KEYS): string {
  return writeObject(object, { numbers: 'as-written', normalized: false }, 0, without);
}

const NO_KEYS: ReadonlySet<string> = new Set();

class NotCanonical extends Error {
  readonly type: 'number' | 'surrogate' | 'depth';
  constructor(type: 'number' | 'surrogate' | 'depth', detail: string) {
    super(detail);
    this.type = type;
  }
}

interface Writing {
  readonly numbers: NumberRule;
  normalized: boolean;
}

function write(value: JsonValue, writing: Writing, depth: number): string {
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return writeNumber(value);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof NumberToken) return writeToken(value, writing);
  if (depth >= MAX_JSON_DEPTH) throw new NotCanonical('depth', 'nested too deep');
  if (isJsonArray(value)) return writeArray(value, writing, depth);
  return writeObject(value, writing, depth, NO_KEYS);
}

function writeArray(items: readonly JsonValue[], writing: Writing, depth: number): string {
  let text = '[';
  let first = true;
  for (const item of items) {
    text += first ? write(item, writing, depth + 1) : `,${write(item, writing, depth + 1)}`;
    first = false;
  }
  return `${text}]`;
}

function writeObject(object: JsonObject, writing: Writing, depth: number, without: ReadonlySet<string>): string {
  let text = '{';
  let first = true;
  for (const key of sortedKeys(object)) {
    if (without.size > 0 && without.has(key)) continue;
    const value = object[key];
    if (value === undefined) continue;
    text += `${first ? '' : ','}${writeString(key)}:${write(value, writing, depth + 1)}`;
    first = false;
  }
  return `${text}}`;
}

/** Most documents arrive in canonical order already, so that is looked at first. */
function sortedKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i += 1) {
    if (compareCodePoints(keys[i - 1] ?? '', keys[i] ?? '') > 0) return keys.sort(compareCodePoints);
  }
  return keys;
}

/** Order by code point; JavaScript's own order is by UTF-16 unit and differs for astral characters against U+E000–FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Puts the surrogate units, which begin the astral code points, above all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function writeString(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new NotCanonical('surrogate', 'a string holds a lone surrogate');
  return JSON.stringify(text);
}

function writeNumber(number: number): string {
  if (!Number.isInteger(number)) throw new NotCanonical('number', `${String(number)} is not an integer`);
  if (Math.abs(number) > MAX_INTEGER) throw new NotCanonical('number', `${String(number)} is outside ±(2^53−1)`);
  return number === 0 ? '0' : String(number);
}

function writeToken(token: NumberToken, writing: Writing): string {
  if (writing.numbers === 'as-written') return token.text;
  if (token.text === '-0') {
    writing.normalized = true;
    return '0';
  }
  throw new NotCanonical('number', `the number ${token.text.slice(0, 40)} is not an integer within ±(2^53−1)`);
}
