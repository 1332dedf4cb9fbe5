/** The text that evidence points to, with what stands around it. */
import { isJsonArray, isJsonObject, own, type JsonValue } from '../../protocol/json.ts';

/** A span of a text as people read it: some of what stands before it, the span, some of what follows. */
export interface TextExcerpt {
  readonly before: string;
  readonly matched: string;
  readonly after: string;
}

const AROUND = 60;
const MOST_MATCHED = 200;

/** The value at a dot-separated property path (appendices, "Dot-separated property paths"), where it is a text. */
export function textAt(value: JsonValue, path: string): string | undefined {
  let found: JsonValue | undefined = value;
  for (const key of keysOf(path)) {
    if (isJsonArray(found)) found = found[Number(key)];
    else found = isJsonObject(found) ? own(found, key) : undefined;
  }
  return typeof found === 'string' ? found : undefined;
}

/** `undefined` where the span lies outside of the text. */
export function excerptOf(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
): TextExcerpt | undefined {
  if (start < 0 || end < start || end > text.length) return undefined;
  const from = Math.max(0, start - AROUND);
  const to = Math.min(text.length, end + AROUND);
  const matched = text.slice(start, end);
  return {
    before: `${from > 0 ? '…' : ''}${text.slice(from, start).toWellFormed()}`,
    matched: (matched.length > MOST_MATCHED ? `${matched.slice(0, MOST_MATCHED)}…` : matched).toWellFormed(),
    after: `${text.slice(end, to).toWellFormed()}${to < text.length ? '…' : ''}`,
  };
}

function keysOf(path: string): readonly string[] {
  return [...path.matchAll(/(?:^|\.)((?:\\.|[^.\\])*)/gsu)].map(([, key = '']) => key.replace(/\\(.)/gsu, '$1'));
}
