/**
 * Text as it is read rather than written: compatibility forms, case, lookalike letters, marks and invisible characters
 * folded away (NFKC, case folding, the skeleton of UTS #39), with a way back to the text as it was written.
 */
import { LOOKALIKES } from './lookalikes.ts';

export interface NormalisedText {
  readonly text: string;
  /** The source is plain ASCII: nothing but its case can have changed. */
  readonly isPlain: boolean;
  /** Where in the source the character at this index of `text` begins. */
  sourceIndex(index: number): number;
  /** Where in the source the text before this index ends, with the marks on its last letter. */
  sourceEnd(index: number): number;
}

/** Nothing to fold but case. */
const PLAIN = /^[\t\n\r\x20-\x7e]*$/;
/** Characters that nobody sees: default ignorable, controls but tabs and line ends, interlinear annotation. */
export const INVISIBLE: RegExp = /[[\p{DI}\p{Cc}\ufff9-\ufffb]--[\t\n\r]]/v;
/**
 * Marks on letters of alphabets that can do without; those that spell vowels in the scripts of South and Southeast Asia
 * stay, and so do the voiced marks of kana.
 */
export const MARK: RegExp =
  /[[[\p{Mn}\p{Me}]&&[\p{sc=Inherited}\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Hebrew}\p{sc=Arabic}]]--[\u3099\u309a]]/v;
const FOLDED_AWAY = new RegExp(`${INVISIBLE.source}|${MARK.source}`, 'gv');
/** May join with what stands before it into one character. */
const JOINS = /^[\p{M}\u1161-\u1175\u11a8-\u11c2]/u;

const lookalikes: ReadonlyMap<string, string> = new Map(
  LOOKALIKES.flatMap(([ascii, letters]) => [...letters].map((letter) => [letter, ascii] as const)),
);

const same = (index: number): number => index;

/** Idempotent. Linear in the text, and nearly free where it is plain. */
export function normaliseText(source: string): NormalisedText {
  if (isPlainText(source)) return { text: source.toLowerCase(), isPlain: true, sourceIndex: same, sourceEnd: same };
  const units = new Units();
  for (let at = 0; at < source.length;) {
    const code = source.codePointAt(at) ?? 0;
    const end = at + (code > 0xffff ? 2 : 1);
    const { text, joins } = foldedCodePoint(code);
    if (text === '') units.extend(source, at, end);
    else if (!joins || !units.join(text, end)) units.add(text, at, end);
    at = end;
  }
  const { text, starts, ends } = units;
  return {
    text,
    isPlain: false,
    sourceIndex: (index) => starts[index] ?? source.length,
    sourceEnd: (index) => (index === 0 ? 0 : (ends[index - 1] ?? source.length)),
  };
}

export function isPlainText(text: string): boolean {
  return PLAIN.test(text);
}

/** The normalised text with the place in the source of each unit. */
class Units {
  text = '';
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(text: string, start: number, end: number): void {
    this.text += text;
    for (let unit = 0; unit < text.length; unit += 1) {
      this.starts.push(start);
      this.ends.push(end);
    }
  }

  /** What is folded away behind a letter belongs to it where it is a mark. */
  extend(source: string, start: number, end: number): void {
    const last = this.ends.length - 1;
    if (this.ends[last] !== start || !MARK.test(source.slice(start, end))) return;
    for (let unit = last; unit >= 0 && this.ends[unit] === start; unit -= 1) this.ends[unit] = end;
  }

  /** NFC of the last character and this one, where they become one. */
  join(text: string, end: number): boolean {
    const last = lastCodePoint(this.text);
    if (last === '') return false;
    const joined = (last + text).normalize('NFC');
    if (joined.length !== last.length) return false;
    const from = this.text.length - last.length;
    const start = this.starts[from] ?? 0;
    this.text = this.text.slice(0, from);
    this.starts.length = from;
    this.ends.length = from;
    this.add(joined, start, end);
    return true;
  }
}

function lastCodePoint(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return text.slice(last >= 0xdc00 && last <= 0xdfff ? -2 : -1);
}

interface Folded {
  readonly text: string;
  readonly joins: boolean;
}

/** Far more than the characters of any room, far fewer than there are. */
const MAX_REMEMBERED = 20_000;
const remembered = new Map<number, Folded>();

function foldedCodePoint(code: number): Folded {
  const known = remembered.get(code);
  if (known !== undefined) return known;
  const text = settled(String.fromCodePoint(code)).normalize('NFC');
  const folded = { text, joins: JOINS.test(text) };
  if (remembered.size < MAX_REMEMBERED) remembered.set(code, folded);
  return folded;
}

/** Folding one way can make another possible: a capital's small letter may be the lookalike. */
function settled(text: string): string {
  let now = text;
  for (let round = 0; round < 8; round += 1) {
    const next = [...now].map(foldedOnce).join('');
    if (next === now) break;
    now = next;
  }
  return now;
}

function foldedOnce(character: string): string {
  const lookalike = lookalikes.get(character);
  if (lookalike !== undefined) return lookalike;
  const bare = character.normalize('NFKD').replace(FOLDED_AWAY, '');
  if (bare !== character) return bare;
  // Lower, upper and lower again, so that letters whose cases are no pairs (ẞ, ß and SS; ς and σ) fall together.
  return character.toLowerCase().toUpperCase().toLowerCase();
}

/** Whether a letter outside of ASCII is taken for letters of ASCII by its looks. */
export function isLookalike(letter: string): boolean {
  return lookalikes.has(letter);
}
