/** What makes two events of different ids the same to a moderator: what people get to read and see of them. */
import { hash } from 'node:crypto';
import { canonicalText } from '../../protocol/canonical-json.ts';
import { ownString } from '../../protocol/json.ts';
import type { EventReading } from '../reading/event-reading.ts';

const SPACE = /\s+/gu;
const INVISIBLE = /\p{DI}+/gu;

/** Equal for events whose texts are equal but for case, compatibility forms, spaces and what nobody sees. */
export function contentFingerprint(event: EventReading): string {
  const { pdu } = event;
  const texts = new Set(event.texts.map(({ text }) => fold(text)));
  const media = event.media.map(({ url }) => url ?? '');
  const membership = pdu.type === 'm.room.member' ? (ownString(pdu.content, 'membership') ?? '') : '';
  // Without a word or a picture the content itself is all there is to compare.
  const rest = texts.size === 0 && media.length === 0 ? canonicalText(pdu.content) : '';
  const parts = [pdu.type, membership, ...texts, '', ...media, '', rest];
  return hash('sha256', parts.join('\u0000'), 'base64url').slice(0, 32);
}

function fold(text: string): string {
  return text.replace(INVISIBLE, '').normalize('NFKC').toLowerCase().replace(SPACE, ' ').trim();
}
