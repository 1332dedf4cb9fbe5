/**
 * Links in plain text: addresses with a scheme, bare domains such as `example.com/x`, mail addresses, Matrix ids. Goes
 * through the text once; what is looked at again is bounded.
 */
import { endsInPublicSuffix, readBareTarget, readTarget, type LinkTarget } from './link-target.ts';

export interface FoundLink {
  readonly form: 'url' | 'bare' | 'mail';
  readonly target: LinkTarget;
  readonly start: number;
  readonly end: number;
  /** The text before it in `[text](address)`. */
  readonly shown: string | undefined;
  /** More likely the name of a file, a version or the end of a sentence: `readme.md`, `1.2.3.4`, `done.So`. */
  readonly isDoubtful: boolean;
}

/** `@user:server`, `#alias:server`, `!room:server`, in no link. */
export interface FoundId {
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

export interface ScannedText {
  readonly links: readonly FoundLink[];
  readonly ids: readonly FoundId[];
}

/** Cheap: nothing of the kind is in most texts. */
const MAY_HOLD = /[^\s][.:．][^\s]|!\S{43}/;
const NOTHING: ScannedText = { links: [], ids: [] };
const DELIMITER = /[\s<>"`«»“”„「」『』【】《》]|$/gu;
const SCHEME_BEFORE = /[a-z][a-z0-9+.-]*$/i;
const MAX_SCHEME = 32;
/** A scheme glued to a word before it still opens. */
const WEB_SCHEME = /h(?:tt|xx)ps?$/i;
const AUTHORITY = /[^\s/?#\\<>"`«»“”]*/uy;
const NO_HOST_UNIT = /[^\p{L}\p{N}\p{M}\p{DI}\p{So}.\-_%。．｡]/u;
const PORT = /^:\d{1,5}(?!\d)/;

/** Ids of rooms from version 12 on have no server. A dot behind an id ends a sentence. */
const ID =
  '[@#!][^\\s:@#!<>"\'`()\\[\\]/?]{0,254}:(?:\\[[0-9a-f:.]{2,45}\\]|[a-z0-9.-]{0,254}[a-z0-9])(?::\\d{1,5})?|![\\w-]{43}(?![\\w-])';
const OPAQUE =
  '\\b(?:mailto|matrix|magnet|tel|sms|xmpp|sips?|bitcoin|lightning|ethereum|monero|geo|tg|skype|javascript|data):(?!//)[^\\s<>"]+';
const RUN = '[\\p{L}\\p{N}\\p{M}\\p{DI}\\p{So}.\\-_．]+';
const PIECE = new RegExp(`(?<id>${ID})|(?<opaque>${OPAQUE})|(?<run>${RUN})`, 'giu');

export function scanText(text: string): ScannedText {
  if (!MAY_HOLD.test(text)) return NOTHING;
  const links: FoundLink[] = [];
  const ids: FoundId[] = [];
  let from = 0;
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', Math.max(at + 3, from))) {
    const link = urlAt(text, at, from);
    if (link === undefined) continue;
    scanGap(text, from, link.start, links, ids);
    links.push(link);
    from = link.end;
  }
  scanGap(text, from, text.length, links, ids);
  return { links, ids };
}

/** An address with a scheme whose `://` stands at this place; no character before `from` belongs to it. */
function urlAt(text: string, at: number, from: number): FoundLink | undefined {
  const before = SCHEME_BEFORE.exec(text.slice(Math.max(from, at - MAX_SCHEME), at))?.[0];
  if (before === undefined) return undefined;
  const start = at - (WEB_SCHEME.exec(before)?.[0] ?? before).length;
  AUTHORITY.lastIndex = at + 3;
  const authority = AUTHORITY.exec(text)?.[0] ?? '';
  const whole = hostEnd(authority);
  const end = whole === authority.length ? trimmedEnd(text, at + 3, nextDelimiter(text, at + 3)) : at + 3 + whole;
  const target = readTarget(text.slice(start, end));
  if (target?.host === undefined) return undefined;
  return { form: 'url', target, start, end, shown: shownBefore(text, start), isDoubtful: false };
}

/** Where in an authority the host and its port end. */
function hostEnd(authority: string): number {
  const start = authority.lastIndexOf('@') + 1;
  const host = authority.slice(start);
  const literal = /^\[[0-9a-f:.]{2,45}\]/i.exec(host)?.[0];
  const length = literal?.length ?? indexOrEnd(host, host.search(NO_HOST_UNIT));
  return start + length + (PORT.exec(host.slice(length, length + 8))?.[0] ?? '').length;
}

function indexOrEnd(text: string, index: number): number {
  return index === -1 ? text.length : index;
}

function nextDelimiter(text: string, from: number): number {
  DELIMITER.lastIndex = from;
  return DELIMITER.exec(text)?.index ?? text.length;
}

const TRAILING: ReadonlySet<string> = new Set(".,;:!?'*_~|…。、，！？）)]}");
const OPENING: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

/** Punctuation at the end belongs to the sentence, closing brackets to those that opened before the address. */
function trimmedEnd(text: string, start: number, end: number): number {
  const surplus = new Map<string, number>();
  for (let at = start; at < end; at += 1) {
    const unit = text.charAt(at);
    if ('()[]{}'.includes(unit)) surplus.set(unit, (surplus.get(unit) ?? 0) + 1);
  }
  let last = end;
  for (; last > start && TRAILING.has(text.charAt(last - 1)); last -= 1) {
    const unit = text.charAt(last - 1);
    const opening = OPENING.get(unit);
    if (opening === undefined) continue;
    const count = surplus.get(unit) ?? 0;
    if (count <= (surplus.get(opening) ?? 0)) break;
    surplus.set(unit, count - 1);
  }
  return last;
}

const MAX_SHOWN = 200;

function shownBefore(text: string, start: number): string | undefined {
  if (!text.startsWith('](', start - 2) || start < 3) return undefined;
  const before = text.slice(Math.max(0, start - 2 - MAX_SHOWN), start - 2);
  const open = before.lastIndexOf('[');
  return open === -1 ? undefined : before.slice(open + 1);
}

function scanGap(text: string, from: number, to: number, links: FoundLink[], ids: FoundId[]): void {
  const gap = text.slice(from, to);
  PIECE.lastIndex = 0;
  let runEnd = -1;
  let runStart = 0;
  for (let piece = PIECE.exec(gap); piece !== null; piece = PIECE.exec(gap)) {
    const { index: start } = piece;
    const end = start + piece[0].length;
    const place = { text, start: from + start, end: from + end, to };
    let used: number | undefined;
    if (piece.groups?.['id'] !== undefined) {
      ids.push({ id: piece[0], start: from + start, end: from + end });
    } else if (piece.groups?.['opaque'] !== undefined) used = addOpaque(place, links);
    else if (gap.charAt(start - 1) === '@') {
      if (runEnd === start - 1) used = addMail(place, from + runStart, links);
    } else if (!isLocalPart(gap, end)) used = addBare(place, links);
    [runStart, runEnd] = [start, end];
    if (used !== undefined) PIECE.lastIndex = Math.max(used - from, start + 1);
  }
}

interface RunPlace {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Where the next address with a scheme begins. */
  readonly to: number;
}

function isLocalPart(gap: string, end: number): boolean {
  return gap.charAt(end) === '@' && /[\p{L}\p{N}]/u.test(gap.charAt(end + 1));
}

function addOpaque({ text, start, end }: RunPlace, links: FoundLink[]): number | undefined {
  const last = trimmedEnd(text, start, end);
  const target = readTarget(text.slice(start, last));
  if (target === undefined) return undefined;
  links.push({ form: 'url', target, start, end: last, shown: shownBefore(text, start), isDoubtful: false });
  return last;
}

function addMail({ text, start, end }: RunPlace, localStart: number, links: FoundLink[]): number | undefined {
  const found = domainIn(text.slice(start, end));
  if (found?.start !== 0) return undefined;
  const last = start + found.end;
  const target = readTarget(`mailto:${text.slice(localStart, last)}`);
  if (target === undefined) return undefined;
  links.push({
    ...{ form: 'mail', start: localStart, end: last, shown: undefined, isDoubtful: false },
    target: { ...target, written: text.slice(localStart, last) },
  });
  return last;
}

function addBare({ text, start, end, to }: RunPlace, links: FoundLink[]): number | undefined {
  const found = domainIn(text.slice(start, end));
  if (found === undefined) return undefined;
  const from = start + found.start;
  const hostLast = start + found.end;
  const port = PORT.exec(text.slice(hostLast, Math.min(hostLast + 8, to)))?.[0] ?? '';
  const pathStart = hostLast + port.length;
  const hasPath = pathStart < to && '/?#'.includes(text.charAt(pathStart));
  const last = hasPath ? trimmedEnd(text, pathStart, Math.min(nextDelimiter(text, pathStart), to)) : pathStart;
  const name = text.slice(from, hostLast);
  // What looks like the port of a file is a line: `main.rs:4`.
  const isDoubtful = last === hostLast ? !isPlainlyDomain(name) : !hasPath && isFileName(name);
  const target = readBareTarget(text.slice(from, last));
  if (target === undefined) return undefined;
  links.push({ form: 'bare', target, start: from, end: last, shown: shownBefore(text, from), isDoubtful });
  return last;
}

/** Top-level domains that are endings of file names more often. */
const FILE_ENDINGS: ReadonlySet<string> = new Set(
  'md sh rs py pl ps so zip mov cc st ml mm do as bio cab fit inc map ms pub tf vi'.split(' '),
);

/** Whether a name of a domain, with nothing behind it, is one: `readme.md` and `done.So` are not, nor is `1.2.3.4`. */
function isPlainlyDomain(name: string): boolean {
  const parts = name.split(/[.．]/);
  const last = parts.at(-1) ?? '';
  if (/^www[.．]/i.test(name) && parts.length > 2) return true;
  if (/^\d+$/.test(last)) return false;
  if (parts.length > 2) return true;
  if (FILE_ENDINGS.has(last.toLowerCase())) return false;
  return !/^[A-Z][a-z]+$/.test(last) || /^[A-Z]/.test(parts[0] ?? '');
}

function isFileName(name: string): boolean {
  return /^[^.．]+[.．][^.．]+$/.test(name) && FILE_ENDINGS.has(name.slice(name.search(/[.．]/) + 1).toLowerCase());
}

const MAX_DOMAIN = 300;
const ASCII = /^[\0-\x7f]*$/;

/** Begins where a part does: sought from each letter of a long part, it would take the square of its length. */
const DOTTED = /(?<![^.．])[^.．]+(?:[.．][^.．]+)+/g;

/** The first part of a run of letters, digits and dots that is a domain or an IPv4 address. */
function domainIn(run: string): { start: number; end: number } | undefined {
  if (!/[^.．][.．][^.．]/.test(run)) return undefined;
  for (const match of run.matchAll(DOTTED)) {
    const found = domainAt(match[0], match.index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Letters of other scripts may touch a domain where a language is written without spaces. */
function domainAt(name: string, at: number): { start: number; end: number } | undefined {
  if (name.length <= MAX_DOMAIN) {
    const start = /^[-_]*/.exec(name)?.[0].length ?? 0;
    const end = name.length - (/[-_]*$/.exec(name)?.[0].length ?? 0);
    if (isDomain(name.slice(start, end))) return { start: at + start, end: at + end };
  }
  for (const match of name.matchAll(/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/gi)) {
    const length = match[0].length > MAX_DOMAIN ? 0 : domainLength(match[0]);
    if (length > 0) return { start: at + match.index, end: at + match.index + length };
  }
  return undefined;
}

/** The next sentence may begin at once: `example.com.Then` */
function domainLength(name: string): number {
  if (isDomain(name)) return name.length;
  const joint = /\.[A-Z][a-z]*$/.exec(name);
  return joint !== null && isDomain(name.slice(0, joint.index)) ? joint.index : 0;
}

function isDomain(name: string): boolean {
  const end = /[.．]([^.．]+)$/.exec(name)?.[1];
  if (end === undefined || (/^[\d_-]/.test(end) && !/^\d{1,3}$/.test(end))) return false;
  if (/^\d+$/.test(end) && !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(name)) return false;
  if (ASCII.test(name) && !/^\d+$/.test(end) && !endsInPublicSuffix(name)) return false;
  return readBareTarget(name) !== undefined;
}
