/** The links of an event, wherever people can follow or read them, each with its place in the raw text. */
import type { EventText } from './event-texts.ts';
import { attributeOf, htmlTags, type HtmlTag } from './html-tags.ts';
import { htmlToText } from './html-text.ts';
import { scanText, type FoundLink } from './link-scan.ts';
import { readBareTarget, readTarget, type LinkTarget } from './link-target.ts';
import type { MediaItem } from './media.ts';

/** How it stands in the text: with a scheme, without one, as mail address, as `href` or as `src` of a picture. */
export type LinkForm = 'url' | 'bare' | 'mail' | 'href' | 'image';

export interface Link {
  readonly form: LinkForm;
  readonly target: LinkTarget;
  readonly path: string;
  /** Span in UTF-16 units of the raw value at `path`; `undefined` for what stands in a key. */
  readonly span: { readonly start: number; readonly end: number } | undefined;
  /** The text that is clicked, where it is another than the address. */
  readonly shown: string | undefined;
  /** More likely a file name, a version, a name or the end of a sentence than a link: `readme.md`. */
  readonly isDoubtful: boolean;
}

/** A Matrix id in plain text, which clients make a link of. */
export interface WrittenId {
  readonly id: string;
  readonly path: string;
  readonly span: { readonly start: number; readonly end: number };
}

export interface LinkReading {
  readonly links: readonly Link[];
  readonly ids: readonly WrittenId[];
}

interface Collected {
  readonly links: Link[];
  readonly ids: WrittenId[];
}

/** Values whose bare domains are names: of people, rooms and files. */
const NAME_PATH = /\.(?:displayname|name|filename)$/;

export function readLinks(texts: readonly EventText[], media: readonly MediaItem[]): LinkReading {
  const collected: Collected = { links: [], ids: [] };
  const fileNames = new Set(media.map((item) => item.namePath));
  for (const text of texts) {
    const isName = NAME_PATH.test(text.path) || fileNames.has(text.path);
    if (text.html === undefined) addPlain(text, isName, [], collected);
    else addHtml(text, text.html, collected);
  }
  return collected;
}

interface Anchor {
  /** Span of what is clicked. */
  readonly start: number;
  readonly end: number;
  readonly target: LinkTarget;
}

function addHtml(text: EventText, html: string, collected: Collected): void {
  const tags = htmlTags(html).filter(({ name }) => name === 'a' || name === 'img');
  const anchors: Anchor[] = [];
  for (const [index, tag] of tags.entries()) {
    if (tag.isEnd) continue;
    const attribute = attributeOf(tag, tag.name === 'a' ? 'href' : 'src');
    if (attribute === undefined) continue;
    const target = readTarget(attribute.value) ?? readBareTarget(attribute.value);
    if (target === undefined || target.scheme === 'mxc') continue;
    const place = { path: text.path, span: { start: attribute.start, end: attribute.end }, isDoubtful: false };
    if (tag.name === 'img') collected.links.push({ form: 'image', target, shown: undefined, ...place });
    else {
      const end = anchorEnd(tags, index, html.length);
      anchors.push({ start: tag.end, end, target });
      collected.links.push({ form: 'href', target, shown: shownIn(html.slice(tag.end, end), target), ...place });
    }
  }
  addPlain(text, false, anchors, collected);
}

/** A link ends where the next begins, too: they do not nest. */
function anchorEnd(tags: readonly HtmlTag[], index: number, length: number): number {
  for (let at = index + 1; at < tags.length; at += 1) {
    const tag = tags[at];
    if (tag?.name === 'a') return tag.start;
  }
  return length;
}

function shownIn(inner: string, target: LinkTarget): string | undefined {
  const shown = htmlToText(inner).text.trim();
  return shown === '' || shown === target.written || shown === target.href ? undefined : shown;
}

/** Links in the text that people see. Inside of another link they count where they name another host. */
function addPlain(text: EventText, isName: boolean, anchors: readonly Anchor[], collected: Collected): void {
  const found = scanText(text.text);
  const around = anchorFinder(anchors);
  for (const link of found.links) {
    if (link.target.scheme === 'mxc') continue;
    const span = spanOf(text, link);
    const anchor = around(span.start);
    if (anchor !== undefined && anchor.target.host === link.target.host) continue;
    const { form, target, shown } = link;
    const isDoubtful = link.isDoubtful || (isName && form === 'bare' && isNoMoreThanHost(link));
    collected.links.push({ form, target, path: text.path, span, shown, isDoubtful });
  }
  const aroundId = anchorFinder(anchors);
  for (const place of found.ids) {
    const span = spanOf(text, place);
    if (aroundId(span.start) === undefined) collected.ids.push({ id: place.id, path: text.path, span });
  }
}

function spanOf(text: EventText, place: { start: number; end: number }): { start: number; end: number } {
  return { start: text.sourceIndex(place.start), end: text.sourceEnd(place.end) };
}

function isNoMoreThanHost({ target }: FoundLink): boolean {
  return !/[/?#:]/.test(target.written);
}

/** Places are asked for in order. */
function anchorFinder(anchors: readonly Anchor[]): (place: number) => Anchor | undefined {
  let next = 0;
  return (place) => {
    while ((anchors[next]?.end ?? Infinity) <= place) next += 1;
    const anchor = anchors[next];
    return anchor !== undefined && anchor.start <= place ? anchor : undefined;
  };
}
