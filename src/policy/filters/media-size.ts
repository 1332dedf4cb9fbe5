import * as z from 'zod';
import { MEDIA_KINDS, type MediaItem, type MediaKind } from '../reading/media.ts';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';
import { byteSize, duration, formatDuration } from './quantities.ts';

const pixels = z.int().min(0).max(1_000_000).optional();

const settings = z.strictObject({
  kinds: z
    .array(z.enum(MEDIA_KINDS))
    .min(1)
    .optional()
    .describe('Kinds of media that are looked at; all unless given.'),
  bytes_more_than: byteSize.optional().describe('Largest size of a file that is allowed, such as "10MB".'),
  width_more_than: pixels.describe('Widest picture or video that is allowed, in pixels.'),
  height_more_than: pixels.describe('Highest picture or video that is allowed, in pixels.'),
  pixels_more_than: z
    .int()
    .min(0)
    .max(1_000_000_000_000)
    .optional()
    .describe('Most pixels (width times height) that are allowed.'),
  longer_than: duration.optional().describe('Longest sound or video that is allowed, such as "5m".'),
  missing: z
    .boolean()
    .default(false)
    .describe('Whether media match that say nothing about what is limited here, or about their size where nothing is.'),
});

type Settings = z.infer<typeof settings>;

export const mediaSize = defineFilter({
  name: 'media_size',
  summary:
    'Media that say they are larger, longer or of more pixels than allowed. What an event claims may be wrong: no file is fetched. One setting that fits is enough.',
  settings: settings.refine((given) => given.missing || limitsOf(given).length > 0, {
    error: 'needs a limit, or missing',
  }),
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { bytes_more_than: '1MB' },
    matches: { content: { msgtype: 'm.file', body: 'a.zip', url: 'mxc://example.org/a', info: { size: 5_000_000 } } },
    ignores: { content: { msgtype: 'm.file', body: 'a.zip', url: 'mxc://example.org/a', info: { size: 500_000 } } },
  },
  compile: (given) => {
    const kinds: ReadonlySet<MediaKind> = new Set(given.kinds ?? MEDIA_KINDS);
    const limits = limitsOf(given);
    return (event) => {
      for (const item of event.media) {
        if (!kinds.has(item.kind)) continue;
        const note = faultOf(item, limits, given.missing);
        if (note !== undefined) return matchOf({ path: `${item.at}.info`, note });
      }
      return NO_MATCH;
    };
  },
});

interface Limit {
  readonly what: string;
  readonly most: number;
  /** What has no such measure cannot miss it. */
  readonly kinds: ReadonlySet<MediaKind>;
  readonly of: (item: MediaItem) => number | undefined;
  readonly show: (value: number) => string;
}

const FILES: ReadonlySet<MediaKind> = new Set(['image', 'video', 'audio', 'voice', 'file', 'sticker', 'other']);
const PICTURES: ReadonlySet<MediaKind> = new Set(['image', 'video', 'sticker']);
const SOUNDS: ReadonlySet<MediaKind> = new Set(['video', 'audio', 'voice']);
const BYTES = {
  what: 'size',
  kinds: FILES,
  of: (item: MediaItem) => item.size,
  show: (value: number) => `${String(value)} bytes`,
};

function limitsOf(given: Settings): readonly Limit[] {
  const show = (value: number): string => `${String(value)} pixels`;
  const all: readonly (Omit<Limit, 'most'> & { readonly most: number | undefined })[] = [
    { ...BYTES, most: given.bytes_more_than },
    { what: 'width', kinds: PICTURES, most: given.width_more_than, of: (item) => item.width, show },
    { what: 'height', kinds: PICTURES, most: given.height_more_than, of: (item) => item.height, show },
    { what: 'area', kinds: PICTURES, most: given.pixels_more_than, of: areaOf, show },
    {
      ...{ what: 'duration', kinds: SOUNDS, most: given.longer_than, of: (item) => item.duration },
      show: formatDuration,
    },
  ];
  return all.flatMap(({ most, ...rest }) => (most === undefined ? [] : [{ ...rest, most }]));
}

function areaOf({ width, height }: MediaItem): number | undefined {
  return width === undefined || height === undefined ? undefined : width * height;
}

function faultOf(item: MediaItem, limits: readonly Limit[], missing: boolean): string | undefined {
  for (const { what, most, of, show } of limits) {
    const value = of(item);
    if (value !== undefined && value > most) return `${what}: ${show(value)}, at most ${show(most)} are allowed`;
  }
  if (!missing) return undefined;
  const wanted = limits.length === 0 ? [BYTES] : limits;
  const absent = wanted.find(({ kinds, of }) => kinds.has(item.kind) && of(item) === undefined);
  return absent === undefined ? undefined : `does not say its ${absent.what}`;
}
