/** The tags of HTML as browsers find them, each with its place. Every character is looked at a bounded number of times. */
import { decodeHTMLAttribute } from 'entities';

export interface HtmlAttribute {
  /** Lower case. */
  readonly name: string;
  /** Entities decoded. */
  readonly value: string;
  /** Span of the value in the source, without quotes. */
  readonly start: number;
  readonly end: number;
}

export interface HtmlTag {
  /** Lower case. */
  readonly name: string;
  readonly isEnd: boolean;
  readonly attributes: readonly HtmlAttribute[];
  readonly start: number;
  readonly end: number;
}

const COMMENT_END = /--!?>/g;
const NAME_END = /[\t\n\f\r />]/g;
const ATTRIBUTE_NAME = /[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)?/y;
const ATTRIBUTE_VALUE = /[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^"'\t\n\f\r >][^\t\n\f\r >]*))/y;
const EMPTY_VALUE = /[\t\n\f\r ]*=[\t\n\f\r ]*(?=>)/y;
/** A quote that nothing closes swallows the rest of the document, and its tag with it. */
const OPEN_VALUE = /[\t\n\f\r ]*=/y;

/** Start and end tags in order; comments are none, and a tag that never ends is none either. */
export function htmlTags(source: string): readonly HtmlTag[] {
  const tags: HtmlTag[] = [];
  let at = source.indexOf('<');
  while (at !== -1) {
    const next = source.charAt(at + 1);
    const isEnd = next === '/';
    let end: number | undefined = at + 1;
    if (source.startsWith('<!--', at)) end = after(COMMENT_END, source, at + 2);
    else if (/[a-zA-Z]/.test(isEnd ? source.charAt(at + 2) : next)) {
      const tag = readTag(source, at, isEnd);
      if (tag !== undefined) tags.push(tag);
      end = tag?.end;
    } else if (next === '!' || next === '?' || isEnd) end = afterBracket(source, at);
    if (end === undefined) break;
    at = source.indexOf('<', end);
  }
  return tags;
}

/** The first of that name counts, as in browsers. */
export function attributeOf(tag: HtmlTag, name: string): HtmlAttribute | undefined {
  return tag.attributes.find((attribute) => attribute.name === name);
}

function after(pattern: RegExp, source: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

function afterBracket(source: string, from: number): number | undefined {
  const index = source.indexOf('>', from);
  return index === -1 ? undefined : index + 1;
}

function readTag(source: string, start: number, isEnd: boolean): HtmlTag | undefined {
  const nameStart = isEnd ? start + 2 : start + 1;
  const nameEnd = after(NAME_END, source, nameStart);
  if (nameEnd === undefined) return undefined;
  const name = source.slice(nameStart, nameEnd - 1).toLowerCase();
  const attributes: HtmlAttribute[] = [];
  let at = nameEnd - 1;
  for (;;) {
    ATTRIBUTE_NAME.lastIndex = at;
    const found = ATTRIBUTE_NAME.exec(source);
    at = ATTRIBUTE_NAME.lastIndex;
    const attribute = found?.[1];
    if (attribute === undefined) break;
    const value = readValue(source, at);
    if (value === undefined) return undefined;
    attributes.push({ name: attribute.toLowerCase(), ...value.attribute });
    at = value.end;
  }
  return source.charAt(at) === '>' ? { name, isEnd, attributes, start, end: at + 1 } : undefined;
}

/** `undefined` where a quote is never closed. */
function readValue(source: string, at: number): { attribute: Omit<HtmlAttribute, 'name'>; end: number } | undefined {
  ATTRIBUTE_VALUE.lastIndex = at;
  const match = ATTRIBUTE_VALUE.exec(source);
  if (match !== null) {
    const end = ATTRIBUTE_VALUE.lastIndex;
    const text = match[1] ?? match[2] ?? match[3] ?? '';
    const start = (match[3] === undefined ? end - 1 : end) - text.length;
    return { attribute: { value: decodeHTMLAttribute(text), start, end: start + text.length }, end };
  }
  const empty = after(EMPTY_VALUE, source, at);
  if (empty !== undefined) return { attribute: { value: '', start: empty, end: empty }, end: empty };
  return after(OPEN_VALUE, source, at) === undefined
    ? { attribute: { value: '', start: at, end: at }, end: at }
    : undefined;
}
