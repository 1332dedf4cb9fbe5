/** Links to users, rooms and events of Matrix. */
import { parseUserId } from '../../protocol/ids/user-id.ts';
import type { LinkTarget } from './link-target.ts';
import type { LinkReading } from './links.ts';

export type MatrixLinkKind = 'user' | 'room_alias' | 'room_id';

export interface MatrixAddress {
  readonly kind: MatrixLinkKind;
  readonly id: string;
  /** An event in that room. */
  readonly eventId: string | undefined;
}

export interface MatrixLink extends MatrixAddress {
  readonly path: string;
  readonly span: { readonly start: number; readonly end: number } | undefined;
  /** As an address, or the id alone as plain text, which clients make a link of. */
  readonly form: 'link' | 'text';
}

/** `matrix:` URIs name what follows without its sigil; clients know older words too. */
const URI_KINDS: ReadonlyMap<string, string> = new Map([
  ['u', '@'],
  ['user', '@'],
  ['r', '#'],
  ['room', '#'],
  ['roomid', '!'],
]);
/** Web clients address rooms and users like this, whatever their host. */
const CLIENT_FRAGMENT = /^#\/(?:room|user)\//;

export function readMatrixLinks({ links, ids }: LinkReading): readonly MatrixLink[] {
  const found: MatrixLink[] = [];
  for (const { target, path, span } of links) {
    const address = matrixAddress(target) ?? clientAddress(target);
    if (address !== undefined) found.push({ ...address, path, span, form: 'link' });
  }
  for (const { id, path, span } of ids) {
    const address = addressOf(id, undefined);
    if (address !== undefined) found.push({ ...address, path, span, form: 'text' });
  }
  return found;
}

/** What a `https://matrix.to/#/…` link (appendices, "matrix.to navigation") or a `matrix:` URI is about. */
export function matrixAddress({ href, scheme, host }: LinkTarget): MatrixAddress | undefined {
  if (scheme === 'matrix') return uriAddress(href.slice('matrix:'.length));
  if (host !== 'matrix.to' || !/^https?$/.test(scheme)) return undefined;
  const fragment = href.slice(indexOrEnd(href, '#'));
  return fragment.startsWith('#/') ? pathAddress(fragment.slice(2)) : undefined;
}

function clientAddress({ href }: LinkTarget): MatrixAddress | undefined {
  const fragment = href.slice(indexOrEnd(href, '#'));
  const start = CLIENT_FRAGMENT.exec(fragment)?.[0];
  return start === undefined ? undefined : pathAddress(fragment.slice(start.length));
}

function pathAddress(path: string): MatrixAddress | undefined {
  const [id = '', eventId] = withoutQuery(path).split('/', 2).map(decoded);
  return addressOf(id, eventId);
}

function uriAddress(path: string): MatrixAddress | undefined {
  const [kind = '', id = '', , eventId] = withoutQuery(path.replace(/^\/\/[^/]*\//, '')).split('/', 4);
  const sigil = URI_KINDS.get(kind.toLowerCase());
  return sigil === undefined ? undefined : addressOf(sigil + decoded(id), decoded(eventId));
}

function indexOrEnd(text: string, part: string): number {
  const index = text.indexOf(part);
  return index === -1 ? text.length : index;
}

function withoutQuery(path: string): string {
  return path.slice(0, indexOrEnd(path, '?'));
}

function decoded(part: string): string;
function decoded(part: string | undefined): string | undefined;
function decoded(part: string | undefined): string | undefined {
  if (part === undefined || part === '') return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function addressOf(id: string, eventId: string | undefined): MatrixAddress | undefined {
  const event = eventId === '' ? undefined : eventId;
  if (id.startsWith('@')) return parseUserId(id) && { kind: 'user', id, eventId: undefined };
  if (/^#[^:]*:./.test(id)) return { kind: 'room_alias', id, eventId: event };
  return /^!./.test(id) ? { kind: 'room_id', id, eventId: event } : undefined;
}

/** The server that an id names; ids of rooms from version 12 on name none. */
export function serverInId(id: string): string | undefined {
  const colon = id.indexOf(':');
  return colon === -1 ? undefined : id.slice(colon + 1);
}
