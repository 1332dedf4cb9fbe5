import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { MEDIA_KINDS, type MediaKind } from '../reading/media.ts';
import { media } from './media.ts';

const url = 'mxc://x.org/a';
const rows: readonly (readonly [string, Pdu, readonly MediaKind[]])[] = [
  ['an image', messageOf({ msgtype: 'm.image' }), ['image']],
  ['a video', messageOf({ msgtype: 'm.video' }), ['video']],
  ['audio', messageOf({ msgtype: 'm.audio' }), ['audio']],
  ['a voice message', messageOf({ msgtype: 'm.audio', 'org.matrix.msc3245.voice': {} }), ['voice']],
  ['a stable voice message', messageOf({ msgtype: 'm.audio', 'm.voice': {} }), ['voice']],
  ['a file', messageOf({ msgtype: 'm.file' }), ['file']],
  ['a location', messageOf({ msgtype: 'm.location' }), ['location']],
  ['a sticker', eventOf({ type: 'm.sticker', content: { body: 'x' } }), ['sticker']],
  [
    'a gallery',
    messageOf({ msgtype: 'm.gallery', itemtypes: [{ itemtype: 'm.image' }, { itemtype: 'm.video' }] }),
    ['image', 'video', 'gallery'],
  ],
  ['an event of its own type', eventOf({ type: 'org.matrix.msc1767.file', content: {} }), ['file']],
  ['a text edited into an image', messageOf({ 'm.new_content': { msgtype: 'm.image' } }), ['image']],
  ['a picture in text', messageOf({ formatted_body: `<img src="${url}">` }), ['inline_image']],
  [
    'a picture as reaction',
    eventOf({ type: 'm.reaction', content: { 'm.relates_to': { key: url } } }),
    ['custom_reaction'],
  ],
  ['the picture of a room', eventOf({ type: 'm.room.avatar', stateKey: '', content: { url } }), ['avatar']],
  ['a file of another kind', messageOf({ msgtype: 'org.example.image', url }), ['other']],
  ['text', messageOf({ body: 'm.image' }), []],
  ['an unknown type of message', messageOf({ msgtype: 'org.example.image' }), []],
  ['a type of message that is no string', messageOf({ msgtype: ['m.image'] }), []],
  ['a msgtype elsewhere', eventOf({ type: 'm.room.topic', stateKey: '', content: { msgtype: 'm.image' } }), []],
];

describe('media', () => {
  for (const [what, pdu, kinds] of rows) {
    it(`takes ${what} for ${kinds.length === 0 ? 'no media' : kinds.join(', ')}`, () => {
      for (const kind of MEDIA_KINDS) {
        const result = judge(checkOf(media, { kinds: [kind] }), pdu);
        assert.equal(result.matched, kinds.includes(kind) ? 'yes' : 'no', kind);
        if (result.matched === 'yes') assert.equal(result.evidence[0]?.note, `media of kind ${kind}`);
      }
    });
  }

  it('points at what says so', () => {
    const result = judge(checkOf(media, { kinds: ['image'] }), messageOf({ msgtype: 'm.image' }));
    assert.deepEqual(result, {
      matched: 'yes',
      evidence: [{ path: 'content.msgtype', matched: 'm.image', note: 'media of kind image' }],
    });
  });

  it('wants kinds, and knows no others', () => {
    assert.ok(!media.settings.safeParse({}).success);
    assert.ok(!media.settings.safeParse({ kinds: [] }).success);
    assert.ok(!media.settings.safeParse({ kinds: ['hologram'] }).success);
  });
});
