import * as z from 'zod';
import type { Pdu } from '../../protocol/events.ts';
import { own, ownObject, ownString } from '../../protocol/json.ts';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';

const KINDS = ['image', 'video', 'audio', 'voice', 'file', 'sticker', 'location'] as const;
type MediaKind = (typeof KINDS)[number];

const settings = z.strictObject({
  kinds: z.array(z.enum(KINDS)).min(1).describe('Kinds of media; voice messages are `voice`, not `audio`.'),
});

export const media = defineFilter({
  name: 'media',
  summary: 'Events that are media of a kind: images, videos, audio, voice messages, files, stickers, locations.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { kinds: ['image'] },
    matches: { content: { msgtype: 'm.image', body: 'cat.png', url: 'mxc://example.org/cat' } },
    ignores: { content: { msgtype: 'm.text', body: 'cat.png' } },
  },
  compile: ({ kinds }) => {
    const wanted: ReadonlySet<string> = new Set(kinds);
    return ({ pdu }) => {
      const found = kindsOf(pdu).find(({ kind }) => wanted.has(kind));
      if (found === undefined) return NO_MATCH;
      return matchOf({ path: found.path, matched: found.matched, note: `media of kind ${found.kind}` });
    };
  },
});

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
