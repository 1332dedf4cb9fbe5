import * as z from 'zod';
import type { Pdu } from '../../protocol/events.ts';
import { own, ownObject, ownString } from '../../protocol/json.ts';
import { HARMS } from '../harms.ts';
import { NEUTRAL, type Filter } from './filter.ts';

const KINDS = ['image', 'video', 'audio', 'voice', 'file', 'sticker', 'location'] as const;
type MediaKind = (typeof KINDS)[number];

const settings = z.strictObject({
  refuse: z
    .array(z.enum(KINDS))
    .default([])
    .describe('Kinds of media that are refused; voice messages are `voice`, not `audio`.'),
  message: z
    .string()
    .min(1)
    .max(500)
    .default('Your message was not accepted in this room: this kind of media is not allowed here.')
    .describe('What the sender is told.'),
});

export const media: Filter<z.infer<typeof settings>> = {
  name: 'media',
  summary: 'Refuses kinds of media: images, videos, audio, voice messages, files, stickers, locations.',
  settings,
  needs: [],
  judgesModerators: false,
  onFailure: 'skip',
  compile: ({ refuse, message }) => {
    if (refuse.length === 0) return undefined;
    const refused: ReadonlySet<string> = new Set(refuse);
    return (pdu) => {
      const found = kindsOf(pdu).find(({ kind }) => refused.has(kind));
      if (found === undefined) return NEUTRAL;
      return {
        verdict: 'refuse',
        message,
        harms: [HARMS.prohibited],
        evidence: [{ path: found.path, matched: found.matched, note: `media of kind ${found.kind}` }],
      };
    };
  },
};

interface FoundKind {
  readonly kind: MediaKind;
  readonly path: string;
  readonly matched: string;
}

const MSGTYPES: ReadonlyMap<string, MediaKind> = new Map([
  ['m.image', 'image'],
  ['m.video', 'video'],
  ['m.audio', 'audio'],
  ['m.file', 'file'],
  ['m.location', 'location'],
]);

/** An edit can turn a text into media, so its new content is looked at too. */
function kindsOf(pdu: Pdu): readonly FoundKind[] {
  if (pdu.type === 'm.sticker') return [{ kind: 'sticker', path: 'type', matched: pdu.type }];
  if (pdu.type !== 'm.room.message') return [];
  const kinds: FoundKind[] = [];
  for (const [path, content] of [
    ['content', pdu.content],
    ['content.m\\.new_content', ownObject(pdu.content, 'm.new_content')],
  ] as const) {
    const msgtype = content === undefined ? undefined : ownString(content, 'msgtype');
    const kind = MSGTYPES.get(msgtype ?? '');
    if (content === undefined || msgtype === undefined || kind === undefined) continue;
    const isVoice = own(content, 'org.matrix.msc3245.voice') !== undefined || own(content, 'm.voice') !== undefined;
    kinds.push({ kind: kind === 'audio' && isVoice ? 'voice' : kind, path: `${path}.msgtype`, matched: msgtype });
  }
  return kinds;
}
