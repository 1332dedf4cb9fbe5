/** The text that a reader of HTML sees, with a way back to the place in the source. */
import { decodeHTML } from 'entities';

export interface HtmlText {
  readonly text: string;
  /** Where in the source the character at this index of `text` begins. */
  sourceIndex(index: number): number;
  /** Where in the source the text before this index ends: tags behind it do not belong to it. */
  sourceEnd(index: number): number;
}

/** The name of a tag is taken whole: its end could be sought in as many places as it has letters otherwise. */
const PIECE =
  /<!--[\s\S]*?(?:-->|$)|<\/?([a-zA-Z][a-zA-Z0-9-]*)(?![a-zA-Z0-9-])(?:[^<>"']|"[^"]*"|'[^']*')*>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?/g;
const BREAKS = new Set(
  'address blockquote br caption dd details div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre summary table td th tr ul'.split(
    ' ',
  ),
);

/** Tags vanish (those that break lines become a line end), entities are decoded, the rest stays. Linear in the source. */
export function htmlToText(source: string): HtmlText {
  let text = '';
  const marks: Mark[] = [{ at: 0, source: 0 }];
  let from = 0;
  for (const piece of source.matchAll(PIECE)) {
    text += source.slice(from, piece.index);
    marks.push({ at: text.length, source: piece.index });
    text += textOf(piece[0], piece[1]);
    from = piece.index + piece[0].length;
    marks.push({ at: text.length, source: from });
  }
  text += source.slice(from);
  return {
    text,
    sourceIndex: (index) => locate(marks, index),
    sourceEnd: (index) => firstAt(marks, index) ?? locate(marks, index),
  };
}

function textOf(piece: string, tag: string | undefined): string {
  if (tag !== undefined) return BREAKS.has(tag.toLowerCase()) ? '\n' : '';
  return piece.startsWith('&') ? decodeHTML(piece) : '';
}

interface Mark {
  readonly at: number;
  readonly source: number;
}

function locate(marks: readonly Mark[], index: number): number {
  const mark = marks[countUpTo(marks, index) - 1];
  return mark === undefined ? index : mark.source + (index - mark.at);
}

function firstAt(marks: readonly Mark[], index: number): number | undefined {
  const mark = marks[countUpTo(marks, index - 1)];
  return mark?.at === index ? mark.source : undefined;
}

/** How many marks stand at this index or before it; marks are in order. */
function countUpTo(marks: readonly Mark[], index: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((marks[middle]?.at ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}
