/** Works out what counts about one event. */
import type { AnswerRecord, NamesAnswer } from '../answers.ts';
import { localpartOf } from '../../protocol/ids/user-id.ts';
import { ownString } from '../../protocol/json.ts';
import { POSTED_KINDS, type MediaItem } from '../reading/media.ts';
import { MENTION_PLACES, type MentionPlace } from '../reading/mentions.ts';
import type { EventReading } from '../reading/event-reading.ts';
import type { Counted } from '../questions.ts';
import { fuzzyHash } from './fuzzy-hash.ts';
import type { Kind, Measure } from './measured.ts';
import { comparableName, comparableText, withSingleSpaces } from './comparable-text.ts';

const MESSAGE_TYPES: ReadonlySet<string> = new Set([
  'm.room.message',
  'm.room.encrypted',
  'm.sticker',
  'm.poll.start',
  'org.matrix.msc3381.poll.start',
  'm.message',
]);

/** `senderMembership` is the sender's before the event. */
export function kindOf(event: EventReading, senderMembership: string): Kind {
  const { pdu } = event;
  if (pdu.type === 'm.room.member') return kindOfMembership(event, senderMembership);
  if (pdu.stateKey !== undefined) return 'other';
  if (pdu.type === 'm.reaction') return 'reaction';
  if (event.isEncrypted) return 'message';
  if (event.media.some(isPosted)) return 'media';
  return MESSAGE_TYPES.has(pdu.type) ? 'message' : 'other';
}

function isPosted({ kind }: MediaItem): boolean {
  return POSTED_KINDS.has(kind);
}

function kindOfMembership({ pdu }: EventReading, before: string): Kind {
  const membership = ownString(pdu.content, 'membership');
  if (pdu.stateKey !== pdu.sender) return membership === 'invite' ? 'invite' : 'other';
  if (membership === before) return 'other';
  return membership === 'join' ? 'join' : 'move';
}

/** How many mentions count for an event of this kind. */
export function mentionsIn(event: EventReading, kind: Kind): number {
  if (kind !== 'message' && kind !== 'media') return 0;
  const { users, room } = event.mentions;
  return users.size + (room ? 1 : 0);
}

/** What an event adds to a count. */
export function weightOf(measure: Pick<Measure, 'kind' | 'mentions'>, what: Counted): number {
  switch (what) {
    case 'events':
    case 'rooms':
      return 1;
    case 'mentions':
      return measure.mentions ?? 0;
    default:
      return isCounted(measure.kind, what) ? 1 : 0;
  }
}

/** Media are messages too, and joins are changes of membership. */
export function isCounted(kind: Kind, what: Exclude<Counted, 'mentions' | 'rooms'>): boolean {
  switch (what) {
    case 'events':
      return true;
    case 'messages':
      return kind === 'message' || kind === 'media';
    case 'media':
      return kind === 'media';
    case 'reactions':
      return kind === 'reaction';
    case 'joins':
      return kind === 'join';
    case 'invites':
      return kind === 'invite';
    case 'membership_changes':
      return kind === 'join' || kind === 'move';
  }
}

/** Display names in the texts of an event whose bearers are not mentioned otherwise, as far as rules have asked. */
function namedIn(answers: readonly AnswerRecord[]): number {
  let most = 0;
  for (const { answer } of answers) {
    if (typeof answer === 'object' && answer !== null && 'named' in answer) most = Math.max(most, namesBeside(answer));
  }
  return most;
}

/** How many display names the texts hold whose bearers are not mentioned by id. */
export function namesBeside({ named }: NamesAnswer, places: readonly MentionPlace[] = MENTION_PLACES): number {
  let sum = 0;
  for (const { names, alsoMentionedIn } of named) {
    if (!alsoMentionedIn.some((place) => places.includes(place))) sum += names;
  }
  return sum;
}

/** `answers`: what rules have asked about the event. */
export function measureOf(
  event: EventReading,
  senderMembership: string,
  answers: readonly AnswerRecord[] = [],
): Measure {
  const kind = kindOf(event, senderMembership);
  const mentions = mentionsIn(event, kind);
  const named = kind === 'message' || kind === 'media' ? namedIn(answers) : 0;
  const text = kind === 'message' || kind === 'media' ? comparedText(event) : undefined;
  const name = kind === 'join' ? comparedName(event) : undefined;
  return {
    kind,
    ...(mentions === 0 ? {} : { mentions }),
    ...(named === 0 ? {} : { named }),
    ...(text === undefined ? {} : { text: text.hash }),
    ...(name === undefined ? {} : { name: name.hash }),
  };
}

export interface ComparedText {
  readonly hash: string;
  /** In UTF-16 units, after normalisation. */
  readonly length: number;
  /** Where in the event it stands. */
  readonly path: string;
}

const texts = new WeakMap<EventReading, ComparedText | { readonly hash: undefined }>();

/** The text of a message as people see it; `undefined` where it has none. Worked out once. */
export function comparedText(event: EventReading): ComparedText | undefined {
  let compared = texts.get(event);
  if (compared === undefined) {
    compared = textOf(event) ?? { hash: undefined };
    texts.set(event, compared);
  }
  return compared.hash === undefined ? undefined : compared;
}

/** New content before old, and HTML before the plain text, which clients show in the place of it only. */
const SHOWN = [
  'content.m\\.new_content.formatted_body',
  'content.m\\.new_content.body',
  'content.formatted_body',
  'content.body',
];

function textOf(event: EventReading): ComparedText | undefined {
  if (event.isEncrypted) return undefined;
  for (const path of SHOWN) {
    const found = event.normalised.find(({ raw }) => raw.path === path);
    if (found === undefined) continue;
    const text = withSingleSpaces(found.text);
    if (text !== '') return { hash: fuzzyHash(text), length: text.length, path };
  }
  const all = comparableText(event.texts.map(({ text }) => text).join(' '));
  return all === '' ? undefined : { hash: fuzzyHash(all), length: all.length, path: 'content' };
}

/** The display name with which somebody joins, or the name in their user id where they have none. */
export function comparedName({ pdu }: EventReading): ComparedText | undefined {
  const shown = comparableName(ownString(pdu.content, 'displayname') ?? '');
  const name = shown === '' ? comparableName(localpartOf(pdu.sender)) : shown;
  if (name === '') return undefined;
  return { hash: fuzzyHash(name), length: name.length, path: shown === '' ? 'sender' : 'content.displayname' };
}
