import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { media } from './media.ts';

const KINDS = ['image', 'video', 'audio', 'voice', 'file', 'sticker', 'location'] as const;
type Kind = (typeof KINDS)[number];

const rows: readonly (readonly [string, Pdu, Kind | undefined])[] = [
  ['an image', messageOf({ msgtype: 'm.image' }), 'image'],
  ['a video', messageOf({ msgtype: 'm.video' }), 'video'],
  ['audio', messageOf({ msgtype: 'm.audio' }), 'audio'],
  ['a voice message', messageOf({ msgtype: 'm.audio', 'org.matrix.msc3245.voice': {} }), 'voice'],
  ['a stable voice message', messageOf({ msgtype: 'm.audio', 'm.voice': {} }), 'voice'],
  ['a file', messageOf({ msgtype: 'm.file' }), 'file'],
  ['a location', messageOf({ msgtype: 'm.location' }), 'location'],
  ['a sticker', eventOf({ type: 'm.sticker', content: { body: 'x' } }), 'sticker'],
  ['a text edited into an image', messageOf({ 'm.new_content': { msgtype: 'm.image' } }), 'image'],
  ['text', messageOf({ body: 'm.image' }), undefined],
  ['an unknown type of message', messageOf({ msgtype: 'org.example.image' }), undefined],
  ['a type of message that is no string', messageOf({ msgtype: ['m.image'] }), undefined],
  ['a msgtype elsewhere', eventOf({ type: 'm.room.topic', stateKey: '', content: { msgtype: 'm.image' } }), undefined],
];

describe('media', () => {
  for (const [what, pdu, kind] of rows) {
    it(`takes ${what} for ${kind ?? 'no media'}`, () => {
      for (const refused of KINDS) {
        const result = judge(media.compile(media.settings.parse({ refuse: [refused] })), pdu);
        assert.equal(result.verdict, refused === kind ? 'refuse' : 'neutral', refused);
        if (result.verdict === 'refuse') assert.equal(result.evidence[0]?.note, `media of kind ${refused}`);
      }
    });
  }

  it('is off unless kinds are named, and knows no others', () => {
    assert.equal(media.compile(media.settings.parse({})), undefined);
    assert.ok(!media.settings.safeParse({ refuse: ['hologram'] }).success);
  });
});
