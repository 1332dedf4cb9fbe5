/** The texts of an event that people get to read, each with its place in the event. */
import { isJsonArray, isJsonObject, own, ownObject, type JsonObject, type JsonValue } from '../../protocol/json.ts';
import type { Pdu } from '../../protocol/events.ts';
import { htmlToText } from './html-text.ts';

export interface EventText {
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
const PLAIN_FIELDS = ['body', 'name', 'topic', 'displayname', 'reason', 'title', 'filename', 'key', 'question'];
const NESTED = ['m.new_content', 'm.relates_to', 'm.topic', 'org.matrix.msc1767.text', 'm.text', 'm.poll', 'm.caption'];
const MAX_NESTING = 4;
const same = (index: number): number => index;

/** Bodies, captions, formatted bodies as text, new content of edits, reaction keys, names, topics and reasons. */
export function readableTexts(pdu: Pdu): readonly EventText[] {
  const texts: EventText[] = [];
  collectReadable(pdu.content, 'content', texts, 0);
  return texts;
}

function collectReadable(object: JsonObject, path: string, texts: EventText[], depth: number): void {
  // MSC1767: a text may come in several forms.
  const isHtml = own(object, 'mimetype') === 'text/html';
  for (const key of PLAIN_FIELDS) {
    const value = own(object, key);
    if (typeof value !== 'string' || value === '') continue;
    if (key === 'body' && isHtml) texts.push({ path: `${path}.body`, html: value, ...htmlToText(value) });
    else {
      texts.push({ path: `${path}.${key}`, text: value, sourceIndex: same, sourceEnd: same });
    }
  }
  const html = own(object, 'formatted_body');
  if (typeof html === 'string' && html !== '') {
    texts.push({ path: `${path}.formatted_body`, html, ...htmlToText(html) });
  }
  if (depth >= MAX_NESTING) return;
  for (const key of NESTED) {
    const value = own(object, key);
    if (value !== undefined) collectNested(value, `${path}.${escapeKey(key)}`, texts, depth + 1);
  }
}

function collectNested(value: JsonValue, path: string, texts: EventText[], depth: number): void {
  if (typeof value === 'string') texts.push({ path, text: value, sourceIndex: same, sourceEnd: same });
  else if (isJsonObject(value)) collectReadable(value, path, texts, depth);
  else if (isJsonArray(value) && depth <= MAX_NESTING) {
    for (const [index, item] of value.entries()) collectNested(item, `${path}.${String(index)}`, texts, depth + 1);
  }
}

/** The first string anywhere in `content`, keys included, that the test accepts. */
export function findString(pdu: Pdu, test: (text: string) => boolean): { path: string; text: string } | undefined {
  const found = findIn(pdu.content, test);
  return found === undefined ? undefined : { path: `content${found.path}`, text: found.text };
}

/** Paths are made on the way back, for what was found alone. */
function findIn(value: JsonValue, test: (text: string) => boolean): { path: string; text: string } | undefined {
  if (typeof value === 'string') return test(value) ? { path: '', text: value } : undefined;
  if (isJsonArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findIn(item, test);
      if (found !== undefined) return { path: `.${String(index)}${found.path}`, text: found.text };
    }
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (test(key)) return { path: `.${escapeKey(key)}`, text: key };
      const found = findIn(item, test);
      if (found !== undefined) return { path: `.${escapeKey(key)}${found.path}`, text: found.text };
    }
  }
  return undefined;
}

function escapeKey(key: string): string {
  return key.replace(/[\\.]/g, '\\$&');
}

/** Which users an event mentions: `m.mentions`, and user ids in its texts and links; each once. */
export function mentionedUsers(pdu: Pdu): { users: ReadonlySet<string>; room: boolean } {
  const users = new Set<string>();
  let room = false;
  for (const content of [pdu.content, ownObject(pdu.content, 'm.new_content') ?? {}]) {
    const mentions = ownObject(content, 'm.mentions');
    if (mentions === undefined) continue;
    const listed = own(mentions, 'user_ids');
    if (isJsonArray(listed)) for (const userId of listed) if (typeof userId === 'string') users.add(userId);
    room ||= own(mentions, 'room') === true;
  }
  for (const text of mentionTexts(pdu)) for (const [userId] of text.matchAll(USER_ID)) users.add(userId);
  return { users, room };
}

/** A dot behind an id ends a sentence and does not belong to it. */
const USER_ID = /@[a-z0-9._=\-/+]{1,255}:[a-z0-9.-]{0,254}[a-z0-9](?::\d{1,5})?/gi;

/** Raw HTML is looked at too: links to users stand in attributes, percent-encoded or not. */
function mentionTexts(pdu: Pdu): readonly string[] {
  const texts = readableTexts(pdu).map((text) => text.text);
  for (const content of [pdu.content, ownObject(pdu.content, 'm.new_content') ?? {}]) {
    const html = own(content, 'formatted_body');
    if (typeof html === 'string') texts.push(html.replace(/%40/gi, '@').replace(/%3A/gi, ':'));
  }
  return texts;
}
