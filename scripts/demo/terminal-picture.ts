// Draws lines of a terminal as SVG text: no fonts embedded, no scripts, the same in every browser.

export type Tint = 'plain' | 'bright' | 'dim' | 'prompt' | 'good' | 'bad' | 'label' | 'mark';

export interface Span {
  readonly text: string;
  readonly tint: Tint;
}

export type Line = readonly Span[];

const COLUMNS = 96;
const CHARACTER_WIDTH = 8.43;
const LINE_HEIGHT = 20;
const MARGIN = 22;
const TITLE_HEIGHT = 38;

const TINTS: Readonly<Record<Tint, string>> = {
  plain: '#c9d1d9',
  bright: '#f0f6fc',
  dim: '#8b949e',
  prompt: '#7ee787',
  good: '#7ee787',
  bad: '#ff938a',
  label: '#79c0ff',
  mark: '#ffd866',
};

/** `description` is what people hear who cannot see the picture. */
export function drawTerminal(lines: readonly Line[], title: string, description: string): string {
  const wrapped = lines.flatMap(wrap);
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN);
  const height = TITLE_HEIGHT + wrapped.length * LINE_HEIGHT + 2 * MARGIN - 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    '<style>',
    `text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; white-space: pre }`,
    ...Object.entries(TINTS).map(([tint, colour]) => `.${tint} { fill: ${colour} }`),
    '.bright { font-weight: 600 }',
    '.title { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: #8b949e; text-anchor: middle }',
    '</style>',
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="#0d1117" stroke="#30363d"/>`,
    `<path d="M1 ${TITLE_HEIGHT}V11A10 10 0 0 1 11 1H${width - 11}A10 10 0 0 1 ${width - 1} 11V${TITLE_HEIGHT}Z" fill="#161b22"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (colour, index) => `<circle cx="${22 + index * 20}" cy="20" r="6" fill="${colour}"/>`,
    ),
    `<text class="title" x="${width / 2}" y="24.5">${escaped(title)}</text>`,
    ...wrapped.map(drawLine),
    '</svg>',
    '',
  ].join('\n');
}

function drawLine(line: Line, row: number): string {
  const y = TITLE_HEIGHT + MARGIN + row * LINE_HEIGHT + 10;
  let column = 0;
  const texts = line.map(({ text, tint }) => {
    const shown = text.trim();
    const x = MARGIN + (column + widthOf(text) - widthOf(text.trimStart())) * CHARACTER_WIDTH;
    column += widthOf(text);
    if (shown === '') return '';
    // The stated length keeps columns in line whatever the font; blanks at the ends would be counted differently.
    const fit = `textLength="${round(widthOf(shown) * CHARACTER_WIDTH)}" lengthAdjust="spacingAndGlyphs"`;
    return `<text class="${tint}" x="${round(x)}" y="${y}" ${fit} xml:space="preserve">${escaped(shown)}</text>`;
  });
  return texts.join('');
}

/** Breaks at blanks and between the fields of JSON; what follows is indented to where the text of the line begins. */
function wrap(line: Line): Line[] {
  const indent = indentOf(line);
  const wrapped: Line[] = [];
  let current: Span[] = [];
  let used = 0;
  for (const { text, tint } of line) {
    for (const word of text.match(/\s+|[^\s,]*,(?=")|\S+\s?/gu) ?? []) {
      if (used + widthOf(word.trimEnd()) > COLUMNS && used > indent) {
        wrapped.push(current);
        current = [{ text: ' '.repeat(indent), tint: 'plain' }];
        used = indent;
      }
      current.push({ text: word, tint });
      used += widthOf(word);
    }
  }
  return [...wrapped, current].map(joined);
}

function indentOf(line: Line): number {
  const [first, second] = line;
  return first?.tint === 'label' && second !== undefined ? widthOf(first.text) : 0;
}

/** Neighbours of one tint become one text. */
function joined(line: Line): Line {
  const spans: Span[] = [];
  for (const span of line) {
    const last = spans.at(-1);
    if (last?.tint === span.tint) spans.splice(-1, 1, { text: last.text + span.text, tint: span.tint });
    else spans.push(span);
  }
  return spans;
}

function widthOf(text: string): number {
  return [...text].length;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
