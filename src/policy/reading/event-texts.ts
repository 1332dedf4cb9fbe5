/** The texts of an event that people get to read, each with its place in the event. */
import { isJsonArray, isJsonObject, own, type JsonObject, type JsonValue } from '../../protocol/json.ts';
import type { Pdu } from '../../protocol/events.ts';
import { htmlToText } from './html-text.ts';

/** What a text is to its readers: the names that settings use. */
export const TEXT_FIELDS = [
  'body',
  'formatted_body',
  'filename',
  'name',
  'topic',
  'displayname',
  'reason',
  'title',
  'reaction',
  'poll',
  'description',
] as const;

export type TextField = (typeof TEXT_FIELDS)[number];

export interface EventText {
  readonly field: TextField;
  /** Dot-separated property path; dots in keys are escaped with a backslash (appendices, "Dot-separated property paths"). */
  readonly path: string;
  /** What is read: the value itself, or the text of the HTML in it. */
  readonly text: string;
  /** The value itself, where it is HTML. */
  readonly html?: string;
  /** The place in the value of a place in `text`. */
  sourceIndex(index: number): number;
  /** The place in the value where the text before this place ends. */
  sourceEnd(index: number): number;
}

/** Fields that clients show as text, wherever in `content` these objects stand. */
const PLAIN_FIELDS: readonly (readonly [string, TextField])[] = [
  ['body', 'body'],
  ['name', 'name'],
  ['topic', 'topic'],
  ['displayname', 'displayname'],
  // Of people who were invited by mail (m.room.third_party_invite).
  ['display_name', 'displayname'],
  ['reason', 'reason'],
  ['title', 'title'],
  ['filename', 'filename'],
  ['key', 'reaction'],
  ['description', 'description'],
];
/**
 * What holds texts; where it says what they are, that counts for all in it. Polls: MSC3381; texts in forms: MSC1767;
 * galleries: MSC4274.
 */
const NESTED: readonly (readonly [string, TextField | undefined])[] = [
  ['m.new_content', undefined],
  ['m.relates_to', 'reaction'],
  ['m.topic', 'topic'],
  ['m.text', undefined],
  ['m.message', undefined],
  ['org.matrix.msc1767.text', undefined],
  ['org.matrix.msc1767.message', undefined],
  ['m.caption', 'body'],
  ['org.matrix.msc1767.caption', 'body'],
  ['m.file', 'filename'],
  ['org.matrix.msc1767.file', 'filename'],
  ['m.location', 'description'],
  ['org.matrix.msc3488.location', 'description'],
  ['m.poll', 'poll'],
  ['m.poll.start', 'poll'],
  ['org.matrix.msc3381.poll.start', 'poll'],
  ['org.matrix.msc3381.v2.poll', 'poll'],
  ['question', 'poll'],
  ['answers', 'poll'],
  ['itemtypes', undefined],
  ['third_party_invite', 'displayname'],
];
const HTML_FIELDS = ['formatted_body', 'm.html', 'org.matrix.msc1767.html'];
/** Room for the texts of an answer of a poll in an edit. */
const MAX_NESTING = 6;
const same = (index: number): number => index;

/** Bodies, captions, formatted bodies as text, new content of edits, polls, reaction keys, names, topics and reasons. */
export function readableTexts(pdu: Pdu): readonly EventText[] {
  const texts: EventText[] = [];
  collectReadable(pdu.content, { path: 'content', field: undefined, depth: 0 }, texts);
  return texts;
}

interface Place {
  readonly path: string;
  /** What all texts here are, where what stands above says it. */
  readonly field: TextField | undefined;
  readonly depth: number;
}

function collectReadable(object: JsonObject, place: Place, texts: EventText[]): void {
  // MSC1767: a text may come in several forms.
  const isHtml = own(object, 'mimetype') === 'text/html';
  for (const [key, field] of PLAIN_FIELDS) {
    const value = own(object, key);
    if (typeof value !== 'string' || value === '') continue;
    const path = `${place.path}.${key}`;
    if (key === 'body' && isHtml) texts.push(htmlText(value, path, place.field));
    else texts.push(plainText(value, path, place.field ?? field));
  }
  for (const key of HTML_FIELDS) {
    const html = own(object, key);
    if (typeof html !== 'string' || html === '') continue;
    texts.push(htmlText(html, `${place.path}.${escapeKey(key)}`, place.field));
  }
  if (place.depth >= MAX_NESTING) return;
  for (const [key, field] of NESTED) {
    const value = own(object, key);
    if (value === undefined) continue;
    const path = `${place.path}.${escapeKey(key)}`;
    collectNested(value, { path, field: place.field ?? field, depth: place.depth + 1 }, texts);
  }
}

function collectNested(value: JsonValue, place: Place, texts: EventText[]): void {
  if (typeof value === 'string') texts.push(plainText(value, place.path, place.field ?? 'body'));
  else if (isJsonObject(value)) collectReadable(value, place, texts);
  else if (isJsonArray(value) && place.depth <= MAX_NESTING) {
    for (const [index, item] of value.entries()) {
      collectNested(item, { ...place, path: `${place.path}.${String(index)}`, depth: place.depth + 1 }, texts);
    }
  }
}

/** A text that is what it looks like. */
export function plainText(text: string, path: string, field: TextField): EventText {
  return { field, path, text, sourceIndex: same, sourceEnd: same };
}

function htmlText(html: string, path: string, field: TextField = 'formatted_body'): EventText {
  return { field, path, html, ...htmlToText(html) };
}

export interface FoundString {
  readonly path: string;
  readonly text: string;
  /** It is the last key of the path: no place in the value there. */
  readonly isKey: boolean;
}

/** The first string anywhere in `content`, keys included, that the test accepts. */
export function findString(pdu: Pdu, test: (text: string) => boolean): FoundString | undefined {
  const found = findIn(pdu.content, test);
  return found === undefined ? undefined : { ...found, path: `content${found.path}` };
}

/** Paths are made on the way back, for what was found alone. */
function findIn(value: JsonValue, test: (text: string) => boolean): FoundString | undefined {
  if (typeof value === 'string') return test(value) ? { path: '', text: value, isKey: false } : undefined;
  if (isJsonArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findIn(item, test);
      if (found !== undefined) return { ...found, path: `.${String(index)}${found.path}` };
    }
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (test(key)) return { path: `.${escapeKey(key)}`, text: key, isKey: true };
      const found = findIn(item, test);
      if (found !== undefined) return { ...found, path: `.${escapeKey(key)}${found.path}` };
    }
  }
  return undefined;
}

/** A key as part of a path. */
export function escapeKey(key: string): string {
  return key.replace(/[\\.]/g, '\\$&');
}
