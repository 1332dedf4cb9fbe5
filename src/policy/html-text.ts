/** The text that a reader of HTML sees, with a way back to the place in the source. */
import { decodeHTML } from 'entities';

export interface HtmlText {
  readonly text: string;
  /** Where in the source the character at this index of `text` begins. */
  sourceIndex(index: number): number;
}

const PIECE =
  /<!--[\s\S]*?(?:-->|$)|<\/?([a-zA-Z][a-zA-Z0-9-]*)(?:[^<>"']|"[^"]*"|'[^']*')*>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?/g;
const BREAKS = new Set(
  'address blockquote br caption dd details div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre summary table td th tr ul'.split(
    ' ',
  ),
);

/** Tags vanish (those that break lines become a line end), entities are decoded, the rest stays. Linear in the source. */
export function htmlToText(source: string): HtmlText {
  let text = '';
  const marks: { at: number; source: number }[] = [{ at: 0, source: 0 }];
  let from = 0;
  for (const piece of source.matchAll(PIECE)) {
    text += source.slice(from, piece.index);
    marks.push({ at: text.length, source: piece.index });
    text += textOf(piece[0], piece[1]);
    from = piece.index + piece[0].length;
    marks.push({ at: text.length, source: from });
  }
  text += source.slice(from);
  return { text, sourceIndex: (index) => locate(marks, index) };
}

function textOf(piece: string, tag: string | undefined): string {
  if (tag !== undefined) return BREAKS.has(tag.toLowerCase()) ? '\n' : '';
  return piece.startsWith('&') ? decodeHTML(piece) : '';
}

function locate(marks: readonly { at: number; source: number }[], index: number): number {
  let low = 0;
  let high = marks.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((marks[middle]?.at ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  const mark = marks[low];
  return mark === undefined ? index : mark.source + (index - mark.at);
}
