/** The readable text of a mail as it came, with headers: what its writer would have sent as a message. */

export interface MailText {
  /** Mail address of the sender, in lower case. */
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  /** Where the mail has one. */
  readonly html: string | undefined;
}

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

interface Bodies {
  text: string | undefined;
  html: string | undefined;
}

export function readMail(mail: string): MailText {
  const part = partOf(mail.replace(/\r\n?/g, '\n'));
  const bodies: Bodies = { text: undefined, html: undefined };
  collect(part, bodies, 0);
  const { text, html } = bodies;
  return {
    from: /[\w.+-]+@[\w.-]+/.exec(part.headers.get('from') ?? '')?.[0].toLowerCase() ?? 'nobody@example.org',
    subject: decodeWords(part.headers.get('subject') ?? ''),
    text: text ?? (html === undefined ? '' : withoutTags(html)),
    html,
  };
}

function partOf(text: string): Part {
  const end = /\n[ \t]*\n/.exec(text);
  const head = end === null ? '' : text.slice(0, end.index);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers, body: end === null ? text : text.slice(end.index + end[0].length) };
}

const MAX_DEPTH = 5;

function collect({ headers, body }: Part, bodies: Bodies, depth: number): void {
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = /boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (/^multipart\//i.test(type) && mark !== undefined && depth < MAX_DEPTH) {
    for (const inner of body.split(`--${mark}`).slice(1)) collect(partOf(inner.replace(/^\n?/, '')), bodies, depth + 1);
  } else if (/^text\/html/i.test(type)) bodies.html ??= decoded(body, headers, type);
  else if (/^text\//i.test(type) || !type.includes('/')) bodies.text ??= decoded(body, headers, type);
}

function decoded(body: string, headers: ReadonlyMap<string, string>, type: string): string {
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? '';
  if (encoding.startsWith('base64')) return inCharset(Buffer.from(body, 'base64'), type);
  return encoding.startsWith('quoted-printable') ? inCharset(unquoted(body), type) : body;
}

function unquoted(text: string): Buffer {
  const bytes = text.replace(/=[ \t]*\n/g, '').split(/(=[0-9a-f]{2})/i);
  return Buffer.concat(
    bytes.map((piece) => (/^=[0-9a-f]{2}$/i.test(piece) ? Buffer.from(piece.slice(1), 'hex') : Buffer.from(piece))),
  );
}

function inCharset(bytes: Buffer, type: string): string {
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(type)?.[1] ?? 'windows-1252';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function decodeWords(text: string): string {
  return text.replace(/=\?([\w-]+)\?([bq])\?([^?]*)\?=/gi, (_word, charset: string, kind: string, content: string) => {
    const bytes = kind.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : unquoted(content.replaceAll('_', ' '));
    return inCharset(bytes, `charset=${charset}`);
  });
}

function withoutTags(html: string): string {
  return html
    .replace(/<(script|style)\b[\s\S]*?<\/\1\s*>|<[^>]*>/gi, ' ')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/[ \t]+/g, ' ')
    .replace(/\n\s*\n\s*/g, '\n\n');
}
