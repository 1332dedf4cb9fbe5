/** The media of an event, each with what the event claims about it. Nothing of it is checked against the file. */
import type { Pdu } from '../../protocol/events.ts';
import {
  isJsonArray,
  isJsonObject,
  NumberToken,
  own,
  ownObject,
  ownString,
  type JsonObject,
  type JsonValue,
} from '../../protocol/json.ts';
import { escapeKey } from './event-texts.ts';
import type { InlineImage } from './inline-images.ts';

export const MEDIA_KINDS = [
  'image',
  'video',
  'audio',
  'voice',
  'file',
  'sticker',
  'gallery',
  'location',
  'inline_image',
  'custom_reaction',
  'avatar',
  'emoji_pack',
  'other',
] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** What people post, as opposed to pictures in texts, of people and of rooms. */
export const POSTED_KINDS: ReadonlySet<MediaKind> = new Set(['image', 'video', 'audio', 'voice', 'file', 'sticker']);

export interface MediaItem {
  readonly kind: MediaKind;
  /** Path of the value that makes it media of this kind, such as `content.msgtype`, and that value. */
  readonly path: string;
  readonly matched: string;
  /** Path of the object that holds its fields, such as `content`. */
  readonly at: string;
  /** `mxc://` URI of the file; galleries and locations have none. */
  readonly url: string | undefined;
  readonly urlPath: string | undefined;
  readonly thumbnailUrl: string | undefined;
  readonly mimetype: string | undefined;
  readonly mimetypePath: string | undefined;
  /** File name: `filename`, or the body where there is no caption. */
  readonly name: string | undefined;
  readonly namePath: string | undefined;
  /** Bytes, pixels and milliseconds as claimed; `undefined` where the event says nothing usable. */
  readonly size: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly duration: number | undefined;
}

/** Types of messages, of gallery items, and of events of their own (MSC3551, MSC3552, MSC3553, MSC3927, MSC3488). */
const KINDS: ReadonlyMap<string, MediaKind> = new Map([
  ['m.image', 'image'],
  ['m.video', 'video'],
  ['m.audio', 'audio'],
  ['m.voice', 'voice'],
  ['m.file', 'file'],
  ['m.sticker', 'sticker'],
  ['m.location', 'location'],
  ['m.gallery', 'gallery'],
  ['dm.filament.gallery', 'gallery'],
  ['org.matrix.msc1767.image', 'image'],
  ['org.matrix.msc1767.video', 'video'],
  ['org.matrix.msc1767.audio', 'audio'],
  ['org.matrix.msc3245.voice', 'voice'],
  ['org.matrix.msc3245.voice.v2', 'voice'],
  ['org.matrix.msc1767.file', 'file'],
  ['org.matrix.msc3488.location', 'location'],
]);
/** Clients show the text of these alone. */
const TEXT_TYPES: ReadonlySet<string> = new Set(['m.text', 'm.notice', 'm.emote']);
const VOICE_MARKS = ['org.matrix.msc3245.voice', 'org.matrix.msc3245.voice.v2', 'm.voice'];
/** Blocks of extensible events that describe the file (MSC3551), its picture (MSC3552) and its sound (MSC3927). */
const FILE_BLOCKS = ['m.file', 'org.matrix.msc1767.file'];
const PICTURE_BLOCKS = ['m.image_details', 'm.video_details', 'org.matrix.msc1767.image', 'org.matrix.msc1767.video'];
const SOUND_BLOCKS = ['m.audio_details', 'm.video_details', 'org.matrix.msc1767.audio', 'org.matrix.msc1767.video'];

/** Room-wide packs of emoji and stickers (MSC2545). */
const PACK_TYPES: ReadonlySet<string> = new Set(['im.ponies.room_emotes', 'm.room.image_pack', 'm.image_pack']);

/** Edits can turn a text into media, so their new content is read too. */
export function readMedia(pdu: Pdu, inlineImages: readonly InlineImage[]): readonly MediaItem[] {
  const items: MediaItem[] = [];
  if (pdu.type === 'm.room.member') addAvatar(pdu.content, 'avatar_url', items);
  else if (pdu.type === 'm.room.avatar') addAvatar(pdu.content, 'url', items);
  else if (pdu.type === 'm.reaction') addReaction(pdu.content, items);
  else if (PACK_TYPES.has(pdu.type)) addPack(pdu.content, items);
  else {
    addContent(pdu, pdu.content, 'content', items);
    const edited = ownObject(pdu.content, 'm.new_content');
    if (edited !== undefined) addContent(pdu, edited, 'content.m\\.new_content', items);
  }
  for (const { path, src, width, height } of inlineImages) {
    if (src?.startsWith('mxc://') === true) {
      items.push({ ...pictureOf('inline_image', path, src, undefined), width, height });
    }
  }
  return items;
}

function addContent(pdu: Pdu, content: JsonObject, at: string, items: MediaItem[]): void {
  const msgtype = pdu.type === 'm.room.message' ? ownString(content, 'msgtype') : undefined;
  const matched = msgtype ?? pdu.type;
  const place = { path: msgtype === undefined ? 'type' : `${at}.msgtype`, matched, at };
  const kind = kindOf(matched, content);
  if (kind !== undefined) items.push(itemOf(kind, place, content));
  else if (!TEXT_TYPES.has(matched) && fileUrl(content, at)?.url.startsWith('mxc://') === true) {
    items.push(itemOf('other', place, content));
  }
  if (kind === 'gallery') addGallery(content, at, items);
}

function kindOf(type: string, content: JsonObject): MediaKind | undefined {
  const kind = KINDS.get(type);
  return kind === 'audio' && VOICE_MARKS.some((mark) => own(content, mark) !== undefined) ? 'voice' : kind;
}

/** MSC4274: `itemtypes`, each like the content of a message, with `itemtype` for `msgtype`. */
function addGallery(content: JsonObject, at: string, items: MediaItem[]): void {
  const list = own(content, 'itemtypes');
  if (!isJsonArray(list)) return;
  for (const [index, entry] of list.entries()) {
    if (!isJsonObject(entry)) continue;
    const type = ownString(entry, 'itemtype');
    if (type === undefined) continue;
    const place = `${at}.itemtypes.${String(index)}`;
    const kind = kindOf(type, entry) ?? 'other';
    items.push(itemOf(kind, { path: `${place}.itemtype`, matched: type, at: place }, entry));
  }
}

interface Place {
  readonly path: string;
  readonly matched: string;
  readonly at: string;
}

function itemOf(kind: MediaKind, place: Place, content: JsonObject): MediaItem {
  const { at } = place;
  const info = ownObject(content, 'info');
  const file = FILE_BLOCKS.find((key) => ownObject(content, key) !== undefined);
  const block = file === undefined ? undefined : ownObject(content, file);
  const url = fileUrl(content, at);
  const type = textAt([info, `${at}.info`, 'mimetype'], [block, `${at}.${escapeKey(file ?? '')}`, 'mimetype']);
  const name = textAt(
    [content, at, 'filename'],
    [block, `${at}.${escapeKey(file ?? '')}`, 'name'],
    [content, at, 'body'],
  );
  const pictures = [info, ...PICTURE_BLOCKS.map((key) => ownObject(content, key))];
  const sounds = [info, ...SOUND_BLOCKS.map((key) => ownObject(content, key))];
  return {
    ...{ kind, ...place },
    ...{ url: url?.url, urlPath: url?.path, thumbnailUrl: thumbnailOf(info) },
    ...{ mimetype: type?.text, mimetypePath: type?.path },
    // Where nothing was uploaded, the body is a caption.
    ...(kind === 'gallery' || kind === 'location'
      ? { name: undefined, namePath: undefined }
      : { name: name?.text, namePath: name?.path }),
    size: firstNumber([info, block], ['size']),
    width: firstNumber(pictures, ['w', 'width']),
    height: firstNumber(pictures, ['h', 'height']),
    duration: firstNumber(sounds, ['duration']),
  };
}

/** `url`, that of an encrypted file, or that of a file block. */
function fileUrl(content: JsonObject, at: string): { url: string; path: string } | undefined {
  const found = textAt(
    [content, at, 'url'],
    [ownObject(content, 'file'), `${at}.file`, 'url'],
    ...FILE_BLOCKS.map((key) => [ownObject(content, key), `${at}.${escapeKey(key)}`, 'url'] as const),
  );
  return found === undefined ? undefined : { url: found.text, path: found.path };
}

function thumbnailOf(info: JsonObject | undefined): string | undefined {
  if (info === undefined) return undefined;
  return ownString(info, 'thumbnail_url') ?? ownString(ownObject(info, 'thumbnail_file') ?? {}, 'url');
}

type TextPlace = readonly [object: JsonObject | undefined, at: string, key: string];

function textAt(...places: readonly TextPlace[]): { text: string; path: string } | undefined {
  for (const [object, at, key] of places) {
    const text = object === undefined ? undefined : ownString(object, key);
    if (text !== undefined && text !== '') return { text, path: `${at}.${key}` };
  }
  return undefined;
}

function firstNumber(objects: readonly (JsonObject | undefined)[], keys: readonly string[]): number | undefined {
  for (const object of objects) {
    if (object === undefined) continue;
    for (const key of keys) {
      const number = numberOf(own(object, key));
      if (number !== undefined) return number;
    }
  }
  return undefined;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  const number = value instanceof NumberToken ? Number(value.text) : value;
  return typeof number === 'number' && number >= 0 && Number.isFinite(number) ? number : undefined;
}

function addAvatar(content: JsonObject, key: string, items: MediaItem[]): void {
  const url = ownString(content, key);
  if (url === undefined || url === '') return;
  items.push(pictureOf('avatar', `content.${key}`, url, ownObject(content, 'info')));
}

/** Clients show a reaction whose key is an `mxc://` URI as that picture. */
function addReaction(content: JsonObject, items: MediaItem[]): void {
  const key = ownString(ownObject(content, 'm.relates_to') ?? {}, 'key');
  if (key === undefined || !/^\s*mxc:/i.test(key)) return;
  items.push(pictureOf('custom_reaction', 'content.m\\.relates_to.key', key, undefined));
}

function addPack(content: JsonObject, items: MediaItem[]): void {
  for (const [name, image] of Object.entries(ownObject(content, 'images') ?? {})) {
    const url = isJsonObject(image) ? ownString(image, 'url') : undefined;
    if (!isJsonObject(image) || url === undefined) continue;
    const path = `content.images.${escapeKey(name)}.url`;
    items.push(pictureOf('emoji_pack', path, url, ownObject(image, 'info')));
  }
}

/** A picture that is not posted as such. */
function pictureOf(kind: MediaKind, path: string, url: string, info: JsonObject | undefined): MediaItem {
  const at = path.slice(0, path.lastIndexOf('.'));
  return {
    ...{ kind, path, at, matched: url, url, urlPath: path, thumbnailUrl: thumbnailOf(info) },
    ...{ name: undefined, namePath: undefined },
    mimetype: info === undefined ? undefined : ownString(info, 'mimetype'),
    mimetypePath: undefined,
    size: firstNumber([info], ['size']),
    width: firstNumber([info], ['w']),
    height: firstNumber([info], ['h']),
    duration: undefined,
  };
}
