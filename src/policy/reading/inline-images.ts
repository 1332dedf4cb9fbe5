/** Pictures in the HTML of an event. */
import type { EventText } from './event-texts.ts';
import { attributeOf, htmlTags, type HtmlTag } from './html-tags.ts';

export interface InlineImage {
  readonly path: string;
  /** Of the tag, in the raw value at `path`. */
  readonly span: { readonly start: number; readonly end: number };
  readonly tag: string;
  /** `undefined` where there is none. */
  readonly src: string | undefined;
  /** Whether it says that it is a custom emoji (MSC2545). */
  readonly isEmoticon: boolean;
  /** In pixels; `undefined` unless it is given exactly once, as a whole number. */
  readonly width: number | undefined;
  readonly height: number | undefined;
}

export function readInlineImages(texts: readonly EventText[]): readonly InlineImage[] {
  return texts.flatMap(({ path, html }) => {
    if (html === undefined || !/<img/i.test(html)) return [];
    const tags = htmlTags(html).filter(({ name, isEnd }) => !isEnd && (name === 'img' || name === 'image'));
    return tags.map((tag) => ({ path, ...imageOf(tag), tag: html.slice(tag.start, tag.end) }));
  });
}

function imageOf(tag: HtmlTag): Omit<InlineImage, 'path' | 'tag'> {
  return {
    span: { start: tag.start, end: tag.end },
    src: attributeOf(tag, 'src')?.value.trim(),
    isEmoticon: attributeOf(tag, 'data-mx-emoticon') !== undefined,
    width: pixels(tag, 'width'),
    height: pixels(tag, 'height'),
  };
}

function pixels(tag: HtmlTag, name: string): number | undefined {
  const [only, second] = tag.attributes.filter((attribute) => attribute.name === name);
  if (only === undefined || second !== undefined || !/^\d{1,9}$/.test(only.value.trim())) return undefined;
  return Number(only.value);
}
