/** A Go template (https://pkg.go.dev/text/template) cut into texts and actions, and actions into their words. Pure. */

/** Variables and fields stand with the fields behind them: `$word.Text`, `.BodyRaw`. */
export type Token =
  | { readonly type: 'string' | 'variable' | 'field' | 'name' | 'sign'; readonly text: string }
  | { readonly type: 'number'; readonly value: number };

export interface Piece {
  /** What stands outside of braces; `undefined` for an action. */
  readonly text: string | undefined;
  readonly tokens: readonly Token[];
  readonly line: number;
  /** Of its first character, in the template. */
  readonly at: number;
}

/** Why something is no template, or none that can be read here. */
export class TemplateError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** `{{- ` and ` -}}` take away blanks beside them. */
export function piecesOf(source: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trims = false;
  while (at <= source.length) {
    const open = source.indexOf('{{', at);
    const end = open < 0 ? source.length : open;
    const opening = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    let text = source.slice(at, end);
    if (trims) text = text.trimStart();
    if (opening) text = text.trimEnd();
    // Where the first word of it stands.
    const first = Math.min(end, at + source.slice(at, end).search(/\S|$/));
    if (text !== '') pieces.push({ text, tokens: [], line: lineAt(source, first), at: first });
    if (open < 0) break;
    const line = lineAt(source, open);
    const inside = open + (opening ? 3 : 2);
    const read = readAction(source, inside, line);
    if (read.tokens.length > 0) pieces.push({ text: undefined, tokens: read.tokens, line, at: open });
    trims = read.trims;
    at = read.end;
  }
  return pieces;
}

interface ReadAction {
  readonly tokens: readonly Token[];
  readonly end: number;
  readonly trims: boolean;
}

const COMMENT = /\s*\/\*[^]*?\*\/\s*?(?<trim>\s-)?\}\}/y;
const CLOSE = /\s-\}\}|\}\}/y;

function readAction(source: string, start: number, line: number): ReadAction {
  const comment = matchAt(COMMENT, source, start);
  if (comment !== undefined) {
    return { tokens: [], end: start + comment[0].length, trims: comment.groups?.['trim'] !== undefined };
  }
  const tokens: Token[] = [];
  let at = start;
  while (at < source.length) {
    const close = matchAt(CLOSE, source, at);
    if (close !== undefined) return { tokens, end: at + close[0].length, trims: close[0].length > 2 };
    if (/\s/.test(source.charAt(at))) {
      at += 1;
      continue;
    }
    const { token, length } = readToken(source, at, line);
    tokens.push(token);
    at += length;
  }
  throw new TemplateError(line, 'an action has no end');
}

const TOKENS: readonly (readonly [RegExp, (text: string) => Token])[] = [
  [/"(?:[^"\\\n]|\\.)*"/y, (text) => ({ type: 'string', text: unquoted(text.slice(1, -1)) })],
  [/`[^`]*`/y, (text) => ({ type: 'string', text: text.slice(1, -1).replaceAll('\r', '') })],
  [/\$[\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/uy, (text) => ({ type: 'variable', text })],
  [/(?:\.[\p{L}_][\p{L}\p{N}_]*)+/uy, (text) => ({ type: 'field', text })],
  [/[+-]?[0-9]+(?:\.[0-9]+)?(?![\p{L}\p{N}_])/uy, (text) => ({ type: 'number', value: Number(text) })],
  [/[\p{L}_][\p{L}\p{N}_]*/uy, (text) => ({ type: 'name', text })],
  [/:=|[=|(),.]/y, (text) => ({ type: 'sign', text })],
];

function readToken(source: string, at: number, line: number): { readonly token: Token; readonly length: number } {
  for (const [pattern, make] of TOKENS) {
    const match = matchAt(pattern, source, at);
    if (match !== undefined) return { token: make(match[0]), length: match[0].length };
  }
  throw new TemplateError(line, `cannot be read at ${JSON.stringify(source.slice(at, at + 20))}`);
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source) ?? undefined;
}

function lineAt(source: string, at: number): number {
  return source.slice(0, at).split('\n').length;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ...([
    ['a', '\x07'],
    ['b', '\b'],
    ['f', '\f'],
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
    ['v', '\v'],
  ] as const),
]);

/** The escapes of Go's strings; bytes above 7 bits, which need not be text, are taken as code points. */
function unquoted(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[^])/g, (_all, escape: string) => {
    if (/^[xuU]./.test(escape)) return codePoint(Number.parseInt(escape.slice(1), 16));
    if (/^[0-7]{3}$/.test(escape)) return codePoint(Number.parseInt(escape, 8));
    return ESCAPES.get(escape) ?? escape;
  });
}

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}
