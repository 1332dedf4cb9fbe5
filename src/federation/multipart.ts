/** Bodies of type `multipart/mixed` (RFC 2046, section 5.1), as servers send files. Pure. */

export interface BodyPart {
  /** Names in lower case; of a repeated one the first. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

const CRLF = '\r\n';
const END_OF_HEADERS = Buffer.from('\r\n\r\n');
const MAX_PARTS = 8;
const MAX_HEADER_BYTES = 8192;

/** `undefined` where the body is not what its content type says. */
export function parseMultipart(bytes: Uint8Array, contentType: string | undefined): readonly BodyPart[] | undefined {
  const boundary = boundaryOf(contentType ?? '');
  if (boundary === undefined) return undefined;
  // With a line break before it, the first delimiter is like all others.
  const body = Buffer.concat([Buffer.from(CRLF), bytes]);
  const delimiter = Buffer.from(`${CRLF}--${boundary}`);
  const parts: BodyPart[] = [];
  for (let at = body.indexOf(delimiter); at !== -1 && parts.length <= MAX_PARTS;) {
    const afterDelimiter = at + delimiter.length;
    if (body.toString('latin1', afterDelimiter, afterDelimiter + 2) === '--') return parts;
    const start = lineEnd(body, afterDelimiter);
    const next = start === undefined ? -1 : body.indexOf(delimiter, start - CRLF.length);
    const part = start === undefined || next === -1 ? undefined : partOf(body, start, next);
    if (part === undefined) return undefined;
    parts.push(part);
    at = next;
  }
  return undefined;
}

function boundaryOf(contentType: string): string | undefined {
  if (!/^\s*multipart\/mixed\s*(?:;|$)/i.test(contentType)) return undefined;
  const [, quoted, token] = /;\s*boundary\s*=\s*(?:"([^"\r\n]{1,70})"|([^\s";,]{1,70}))/i.exec(contentType) ?? [];
  return quoted ?? token;
}

/** Where the line after this place begins; only padding may stand before its end. */
function lineEnd(body: Buffer, from: number): number | undefined {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09) at += 1;
  return body[at] === 0x0d && body[at + 1] === 0x0a ? at + 2 : undefined;
}

function partOf(body: Buffer, start: number, end: number): BodyPart | undefined {
  // A part without headers begins with the empty line.
  const blank = body.indexOf(END_OF_HEADERS, start - CRLF.length);
  if (blank === -1 || blank + CRLF.length > end || blank - start > MAX_HEADER_BYTES) return undefined;
  const headers = new Map<string, string>();
  for (const line of body.toString('latin1', start, Math.max(start, blank)).split(CRLF)) {
    const [, name = '', value = ''] = /^([!-9;-~]{1,200})[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key !== '' && !headers.has(key)) headers.set(key, value);
  }
  const from = blank + END_OF_HEADERS.length;
  return { headers, bytes: body.subarray(from, Math.max(from, end)) };
}
