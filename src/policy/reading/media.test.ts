import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { EventReading } from './event-reading.ts';
import type { MediaItem } from './media.ts';

const url = 'mxc://x.org/a';
const rows: readonly (readonly [string, Pdu, readonly Partial<MediaItem>[]])[] = [
  [
    'an image',
    messageOf({
      msgtype: 'm.image',
      body: 'cat.png',
      url,
      info: { mimetype: 'image/png', size: 10, w: 3, h: 4, thumbnail_url: 'mxc://x.org/t' },
    }),
    [
      {
        ...{ kind: 'image', path: 'content.msgtype', matched: 'm.image', at: 'content', url, urlPath: 'content.url' },
        ...{ name: 'cat.png', namePath: 'content.body', mimetype: 'image/png', size: 10, width: 3, height: 4 },
        ...{ mimetypePath: 'content.info.mimetype', thumbnailUrl: 'mxc://x.org/t', duration: undefined },
      },
    ],
  ],
  [
    'a file with a caption',
    messageOf({ msgtype: 'm.file', body: 'look', filename: 'a.pdf', url }),
    [{ kind: 'file', name: 'a.pdf', namePath: 'content.filename', size: undefined }],
  ],
  [
    'an encrypted file',
    messageOf({
      msgtype: 'm.video',
      body: 'v',
      file: { url },
      info: { duration: 5, thumbnail_file: { url: 'mxc://t/t' } },
    }),
    [{ kind: 'video', url, urlPath: 'content.file.url', thumbnailUrl: 'mxc://t/t', duration: 5 }],
  ],
  ['a voice message', messageOf({ msgtype: 'm.audio', url, 'org.matrix.msc3245.voice': {} }), [{ kind: 'voice' }]],
  ['a sticker', eventOf({ type: 'm.sticker', content: { body: 'x', url } }), [{ kind: 'sticker', path: 'type', url }]],
  ['a location', messageOf({ msgtype: 'm.location', body: 'here' }), [{ kind: 'location', name: undefined }]],
  [
    'a gallery',
    messageOf({
      msgtype: 'dm.filament.gallery',
      body: 'trip',
      itemtypes: [{ itemtype: 'm.image', body: 'a.png', url }, { itemtype: 'x.y', body: 'b' }, 7, {}],
    }),
    [
      { kind: 'gallery', name: undefined },
      { kind: 'image', path: 'content.itemtypes.0.itemtype', at: 'content.itemtypes.0', name: 'a.png', url },
      { kind: 'other', path: 'content.itemtypes.1.itemtype' },
    ],
  ],
  [
    'an extensible event',
    eventOf({
      type: 'org.matrix.msc1767.image',
      content: {
        'm.file': { url, name: 'a.png', mimetype: 'image/png', size: 9 },
        'm.image_details': { width: 1, height: 2 },
      },
    }),
    [
      {
        ...{ kind: 'image', path: 'type', url, urlPath: 'content.m\\.file.url', name: 'a.png', size: 9, width: 1 },
        ...{ mimetype: 'image/png', mimetypePath: 'content.m\\.file.mimetype', height: 2 },
      },
    ],
  ],
  [
    'a text edited into an image',
    messageOf({ body: '*', 'm.new_content': { msgtype: 'm.image', url } }),
    [{ kind: 'image', path: 'content.m\\.new_content.msgtype', urlPath: 'content.m\\.new_content.url' }],
  ],
  [
    'an avatar of a member',
    eventOf({ type: 'm.room.member', stateKey: '@a:home.test', content: { membership: 'join', avatar_url: url } }),
    [{ kind: 'avatar', path: 'content.avatar_url', url }],
  ],
  [
    'an avatar of a room',
    eventOf({ type: 'm.room.avatar', stateKey: '', content: { url, info: { w: 5 } } }),
    [{ kind: 'avatar', url, width: 5 }],
  ],
  [
    'a picture as reaction',
    eventOf({ type: 'm.reaction', content: { 'm.relates_to': { key: url } } }),
    [{ kind: 'custom_reaction', url }],
  ],
  [
    'a pack of emoji',
    eventOf({ type: 'im.ponies.room_emotes', stateKey: '', content: { images: { 'a.b': { url }, c: {}, d: 1 } } }),
    [{ kind: 'emoji_pack', path: 'content.images.a\\.b.url', url }],
  ],
  ['a file of unknown type', messageOf({ msgtype: 'org.example.scan', url }), [{ kind: 'other', url }]],
  ['a link of unknown type', messageOf({ msgtype: 'org.example.scan', url: 'https://x.org/' }), []],
  ['text', messageOf({ body: 'm.image', url }), []],
  ['a type of message that is no string', messageOf({ msgtype: ['m.image'] }), []],
  ['a reaction', eventOf({ type: 'm.reaction', content: { 'm.relates_to': { key: 'x' } } }), []],
  ['what is encrypted', eventOf({ type: 'm.room.encrypted', content: { ciphertext: 'x' } }), []],
];

describe('readMedia', () => {
  for (const [what, pdu, wanted] of rows) {
    it(`reads ${what}`, () => {
      const items = new EventReading(pdu).media;
      assert.equal(items.length, wanted.length);
      for (const [index, part] of wanted.entries()) assert.partialDeepStrictEqual({ ...items[index] }, { ...part });
    });
  }

  it('takes claims for what they are: numbers that are none count as missing', () => {
    const [item] = new EventReading(
      messageOf({ msgtype: 'm.image', body: 'x', info: { size: '10', w: -1, h: null, duration: [] } }),
    ).media;
    assert.deepEqual(
      [item?.size, item?.width, item?.height, item?.duration],
      [undefined, undefined, undefined, undefined],
    );
  });
});
