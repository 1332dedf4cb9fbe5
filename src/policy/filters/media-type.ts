import * as z from 'zod';
import { contradicts, extensionOf, mimeEssence } from '../reading/file-types.ts';
import type { MediaItem, MediaKind } from '../reading/media.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';
import { compileGlobList, globList } from './glob-list.ts';

const settings = z.strictObject({
  types: globList
    .optional()
    .describe('Globs of MIME types that match, such as `image/*` or `application/x-msdownload`.'),
  except_types: globList
    .optional()
    .describe(
      'Globs of MIME types that are allowed: all others match. With `types` too, those of `types` without these.',
    ),
  missing: z.boolean().default(false).describe('Whether files match that do not say what type they are of.'),
  mismatch: z
    .boolean()
    .default(false)
    .describe(
      'Whether files match whose type contradicts the ending of their name, or what the message says they are: an image that is `application/zip`.',
    ),
});

type Settings = z.infer<typeof settings>;

/** The first part of the MIME types of what is shown as such. */
const MAJORS: ReadonlyMap<MediaKind, readonly string[]> = new Map([
  ['image', ['image']],
  ['sticker', ['image']],
  ['video', ['video', 'image']],
  ['audio', ['audio', 'video']],
  ['voice', ['audio', 'video']],
]);

export const mediaType = defineFilter({
  name: 'media_type',
  summary:
    'Files by the MIME type that they claim, or whose type contradicts their name. One setting that fits is enough.',
  settings: settings.refine(
    ({ types, except_types: except, missing, mismatch }) => (types ?? except) !== undefined || missing || mismatch,
    { error: 'needs types, except_types, missing or mismatch' },
  ),
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { except_types: ['image/png', 'image/jpeg'] },
    matches: {
      content: { msgtype: 'm.file', body: 'a.zip', url: 'mxc://example.org/a', info: { mimetype: 'application/zip' } },
    },
    ignores: {
      content: { msgtype: 'm.image', body: 'a.png', url: 'mxc://example.org/a', info: { mimetype: 'image/png' } },
    },
  },
  compile: (given) => {
    const fault = compileFault(given);
    return (event) => {
      for (const item of event.media) {
        if (item.kind === 'gallery' || item.kind === 'location') continue;
        const note = fault(item);
        if (note === undefined) continue;
        const { mimetype, mimetypePath, path } = item;
        return matchOf({
          path: mimetypePath ?? path,
          ...(mimetype === undefined ? {} : { matched: excerpt(mimetype) }),
          note,
        });
      }
      return NO_MATCH;
    };
  },
});

function compileFault(given: Settings): (item: MediaItem) => string | undefined {
  const listed = given.types && compileGlobList(given.types, { ignoreCase: true });
  const excepted = given.except_types && compileGlobList(given.except_types, { ignoreCase: true });
  return ({ kind, mimetype, name }) => {
    if (mimetype === undefined) {
      return given.missing && isUploaded(kind) ? 'does not say what type of file it is' : undefined;
    }
    const essence = mimeEssence(mimetype);
    const isExcepted = excepted?.(essence) !== undefined;
    const glob = listed?.(essence);
    if (glob !== undefined && !isExcepted) return `listed as "${glob}"`;
    if (listed === undefined && excepted !== undefined && !isExcepted) return 'not among the allowed types';
    return given.mismatch ? mismatchOf(kind, essence, name) : undefined;
  };
}

/** Pictures in texts and reactions say nothing of the kind. */
function isUploaded(kind: MediaKind): boolean {
  return MAJORS.has(kind) || kind === 'file' || kind === 'other';
}

function mismatchOf(kind: MediaKind, essence: string, name: string | undefined): string | undefined {
  const majors = MAJORS.get(kind);
  const [major = ''] = essence.split('/', 1);
  const isContainer = essence === 'application/ogg' && majors?.includes('audio') === true;
  if (majors !== undefined && !majors.includes(major) && !isContainer) return `sent as ${kind}`;
  const extension = name === undefined ? undefined : extensionOf(name);
  return extension !== undefined && contradicts(extension, essence) ? `the name ends in .${extension}` : undefined;
}
