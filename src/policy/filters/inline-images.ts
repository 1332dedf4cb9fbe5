import * as z from 'zod';
import type { InlineImage } from '../reading/inline-images.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchOf, matchWhere, NO_MATCH } from './filter.ts';

const pixels = z.int().min(0).max(100_000).optional();

const settings = z.strictObject({
  more_than: z.int().min(0).max(10_000).optional().describe('Most pictures in one text.'),
  width_more_than: pixels.describe('Widest a picture may say it is, in pixels.'),
  height_more_than: pixels.describe('Highest a picture may say it is, in pixels; custom emoji are 32.'),
  missing_height: z
    .boolean()
    .default(false)
    .describe('Whether pictures match that do not give their height once, as a whole number: they can be of any size.'),
  missing_emoticon_mark: z
    .boolean()
    .default(false)
    .describe('Whether pictures match that are not marked as custom emoji (`data-mx-emoticon`).'),
  not_uploaded: z
    .boolean()
    .default(false)
    .describe('Whether pictures match that are not on a Matrix server (`mxc://`): they tell who reads the message.'),
});

type Settings = z.infer<typeof settings>;

const MAX_EVIDENCE = 10;

export const inlineImages = defineFilter({
  name: 'inline_images',
  summary:
    'Events with pictures in their formatted text, such as custom emoji: more than a number, larger than a size, or not as they should be. Without settings, any picture matches; with several, one that fits is enough.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { height_more_than: 32 },
    matches: {
      content: {
        msgtype: 'm.text',
        body: ':cat:',
        formatted_body: '<img data-mx-emoticon src="mxc://example.org/cat" alt=":cat:" height="512">',
      },
    },
    ignores: {
      content: {
        msgtype: 'm.text',
        body: ':cat:',
        formatted_body: '<img data-mx-emoticon src="mxc://example.org/cat" alt=":cat:" height="32">',
      },
    },
  },
  compile: (given) => {
    const isBare = Object.values(given).every((value) => value === undefined || value === false);
    return ({ inlineImages: images }) => {
      if (images.length === 0) return NO_MATCH;
      const tooMany = given.more_than === undefined ? undefined : countPerText(images, given.more_than);
      if (tooMany !== undefined) return matchOf(tooMany);
      return matchWhere(
        images
          .flatMap((image) => {
            const note = isBare ? 'a picture in the text' : faultOf(image, given);
            return note === undefined ? [] : [explain(image, note)];
          })
          .slice(0, MAX_EVIDENCE),
      );
    };
  },
});

function countPerText(images: readonly InlineImage[], most: number): Evidence | undefined {
  const counts = new Map<string, number>();
  for (const { path } of images) counts.set(path, (counts.get(path) ?? 0) + 1);
  for (const [path, count] of counts) {
    if (count > most) return { path, note: `${String(count)} pictures, at most ${String(most)} are allowed` };
  }
  return undefined;
}

function faultOf({ src, isEmoticon, width, height }: InlineImage, given: Settings): string | undefined {
  const { width_more_than: widest = Infinity, height_more_than: highest = Infinity } = given;
  if (given.not_uploaded && src?.startsWith('mxc://') !== true) return 'a picture that is not on a Matrix server';
  if (given.missing_emoticon_mark && !isEmoticon) return 'not marked as a custom emoji';
  if (given.missing_height && height === undefined) return 'without a height';
  if (height !== undefined && height > highest) return `${String(height)} pixels high, at most ${String(highest)}`;
  if (width !== undefined && width > widest) return `${String(width)} pixels wide, at most ${String(widest)}`;
  return undefined;
}

function explain({ path, span, tag }: InlineImage, note: string): Evidence {
  return { path, span, matched: excerpt(tag), note };
}
