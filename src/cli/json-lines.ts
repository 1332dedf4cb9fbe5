/** Commands that answer one JSON document per line with one line, in order. */
import { once } from 'node:events';

/** Longest line that is looked at, in bytes. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Answers each line of `input` on `output`. Lines end at `\n` alone: Node's `readline` also ends them at a raw U+2028,
 * which JSON strings may hold. Blank lines are skipped, a last line without an end counts.
 */
export async function runJsonLines(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  line: (text: string) => string,
): Promise<void> {
  for await (const text of splitLines(input)) {
    if (text.trim() === '') continue;
    if (!output.write(`${line(text)}\n`)) await once(output, 'drain');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LINE_END = 0x0a;

async function* splitLines(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    let start = 0;
    for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, start)) {
      pending.push(bytes.subarray(start, end));
      yield decodeLine(pending);
      pending = [];
      length = 0;
      start = end + 1;
    }
    length += bytes.length - start;
    // A line that is too long is cut, and so refused as no JSON, instead of growing without bounds.
    if (length <= MAX_LINE_BYTES) pending.push(bytes.subarray(start));
  }
  yield decodeLine(pending);
}

/** Bytes that are no UTF-8 are no JSON either: such a line is made to fail, not mended. */
function decodeLine(pieces: readonly Buffer[]): string {
  const bytes = Buffer.concat(pieces);
  try {
    return utf8.decode(bytes);
  } catch {
    return `\ufffd${bytes.toString('latin1')}`;
  }
}
