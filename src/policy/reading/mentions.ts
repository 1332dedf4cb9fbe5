/** Whom an event mentions. */
import type { Pdu } from '../../protocol/events.ts';
import { isJsonArray, own, ownObject } from '../../protocol/json.ts';
import type { EventText } from './event-texts.ts';
import type { LinkReading } from './links.ts';
import { readMatrixLinks } from './matrix-links.ts';

export interface Mentions {
  /** Everybody, once, wherever they are mentioned. */
  readonly users: ReadonlySet<string>;
  /** Whether `m.mentions` names the whole room. */
  readonly room: boolean;
  /** By `m.mentions`, by ids in texts, by links. */
  readonly listed: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
  readonly linked: ReadonlySet<string>;
}

/** Ways to mention somebody by id. */
export const MENTION_PLACES = ['m_mentions', 'text', 'links'] as const;
export type MentionPlace = (typeof MENTION_PLACES)[number];

export function mentionedIn({ listed, written, linked }: Mentions, place: MentionPlace): ReadonlySet<string> {
  return { m_mentions: listed, text: written, links: linked }[place];
}

/** A dot behind an id ends a sentence and does not belong to it. */
const USER_ID = /@[a-z0-9._=\-/+]{1,255}:[a-z0-9.-]{0,254}[a-z0-9](?::\d{1,5})?/gi;
/** Every link to a user holds this word, or the place for it in a client of another name. */
const MAY_LINK = /matrix|\/user\//i;

/** Links are read where a text may hold one to a user. */
export function readMentions(pdu: Pdu, texts: readonly EventText[], links: () => LinkReading): Mentions {
  const { listed, room } = listedMentions(pdu);
  const written = new Set<string>();
  const linked = new Set<string>();
  let mayLink = false;
  for (const { text, html } of texts) {
    for (const [userId] of text.matchAll(USER_ID)) written.add(userId);
    mayLink ||= MAY_LINK.test(html ?? text);
  }
  const found = mayLink ? readMatrixLinks(links()) : [];
  for (const { kind, form, id } of found) if (kind === 'user' && form === 'link') linked.add(id);
  return { users: new Set([...listed, ...written, ...linked]), room, listed, written, linked };
}

function listedMentions(pdu: Pdu): { listed: ReadonlySet<string>; room: boolean } {
  const listed = new Set<string>();
  let room = false;
  for (const content of [pdu.content, ownObject(pdu.content, 'm.new_content') ?? {}]) {
    const mentions = ownObject(content, 'm.mentions');
    if (mentions === undefined) continue;
    const userIds = own(mentions, 'user_ids');
    if (isJsonArray(userIds)) for (const userId of userIds) if (typeof userId === 'string') listed.add(userId);
    room ||= own(mentions, 'room') === true;
  }
  return { listed, room };
}

export interface RoomMention {
  readonly path: string;
  readonly span: { readonly start: number; readonly end: number };
}

const AT_ROOM = /(?<![\p{L}\p{N}_@.])@room(?![\p{L}\p{N}_:@])/u;

/** The first `@room` in a text, as clients of old understood it. */
export function writtenRoomMention(texts: readonly EventText[]): RoomMention | undefined {
  for (const text of texts) {
    const match = AT_ROOM.exec(text.text);
    if (match === null) continue;
    const span = { start: text.sourceIndex(match.index), end: text.sourceEnd(match.index + match[0].length) };
    return { path: text.path, span };
  }
  return undefined;
}
