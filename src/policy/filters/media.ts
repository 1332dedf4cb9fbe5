import * as z from 'zod';
import { MEDIA_KINDS, type MediaItem, type MediaKind } from '../reading/media.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';

const settings = z.strictObject({
  kinds: z
    .array(z.enum(MEDIA_KINDS))
    .min(1)
    .describe(
      'Kinds of media. Voice messages are `voice`, not `audio`; of a `gallery` each item counts as its own kind too; `inline_image` is a picture within text, `custom_reaction` a reaction that is a picture, `avatar` the picture of a person or a room, `emoji_pack` a pack of custom emoji, `other` a file of an unknown kind.',
    ),
});

export const media = defineFilter({
  name: 'media',
  summary:
    'Events that are media of a kind: images, videos, audio, voice messages, files, stickers, galleries, locations; by type of message and by type of event.',
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
    const wanted: ReadonlySet<MediaKind> = new Set(kinds);
    return (event) => {
      const found: MediaItem | undefined = event.media.find(({ kind }) => wanted.has(kind));
      if (found === undefined) return NO_MATCH;
      return matchOf({ path: found.path, matched: excerpt(found.matched), note: `media of kind ${found.kind}` });
    };
  },
});
