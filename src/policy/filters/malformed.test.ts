import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../protocol/json.ts';
import { malformed } from './malformed.ts';

const check = checkOf(malformed);
const message = (content: JsonObject): Pdu => eventOf({ type: 'm.room.message', content });
const member = (content: JsonObject): Pdu => eventOf({ type: 'm.room.member', stateKey: '@a:b', content });

describe('malformed', () => {
  const good: readonly (readonly [string, Pdu])[] = [
    ['a text', messageOf({ body: 'x' })],
    ['an empty text', messageOf({ body: '' })],
    [
      'a text with all that belongs to it',
      messageOf({ body: 'x', format: 'f', formatted_body: 'x', 'm.mentions': { user_ids: ['@a:b'], room: true } }),
    ],
    ['an image', messageOf({ msgtype: 'm.image', body: 'x', url: 'mxc://a/b', info: {} })],
    ['an encrypted file', messageOf({ msgtype: 'm.file', body: 'x', file: {} })],
    ['a place', messageOf({ msgtype: 'm.location', body: 'x', geo_uri: 'geo:0,0' })],
    ['a reply', messageOf({ body: 'x', 'm.relates_to': { 'm.in_reply_to': { event_id: '$a' } } })],
    ['an edit', messageOf({ body: 'x', 'm.new_content': { msgtype: 'm.text', body: 'x' } })],
    ['a kind of message that nobody knows', messageOf({ msgtype: 'org.example.poem', body: 'x', lines: 1 })],
    [
      'a reaction',
      eventOf({
        type: 'm.reaction',
        content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key: 'x' } },
      }),
    ],
    ['a sticker', eventOf({ type: 'm.sticker', content: { body: 'x', url: 'mxc://a/b' } })],
    ['a member without a name', member({ membership: 'join', displayname: null, avatar_url: null })],
    ['a type that nobody knows', eventOf({ type: 'org.example.poem', content: { body: 5 } })],
  ];
  for (const [what, pdu] of good) {
    it(`ignores ${what}`, () => assert.deepEqual(judge(check, pdu), { matched: 'no' }));
  }

  const bad: readonly (readonly [string, Pdu, string, string])[] = [
    ['no body', message({ msgtype: 'm.text' }), 'content.body', 'body is missing'],
    ['a body that is no text', messageOf({ body: 5 }), 'content.body', 'body is not a string'],
    ['no msgtype', message({ body: 'x' }), 'content.msgtype', 'msgtype is missing'],
    [
      'HTML that is no text',
      messageOf({ body: 'x', formatted_body: [] }),
      'content.formatted_body',
      'formatted_body is not a string',
    ],
    ['an image without a file', messageOf({ msgtype: 'm.image', body: 'x' }), 'content.url', 'url is missing'],
    [
      'a place that is nowhere',
      messageOf({ msgtype: 'm.location', body: 'x' }),
      'content.geo_uri',
      'geo_uri is missing',
    ],
    [
      'mentions that are none',
      messageOf({ body: 'x', 'm.mentions': [] }),
      'content.m\\.mentions',
      'm.mentions is not an object',
    ],
    [
      'mentions of nobody',
      messageOf({ body: 'x', 'm.mentions': { user_ids: [1] } }),
      'content.m\\.mentions.user_ids',
      'user_ids is not a list of strings',
    ],
    [
      'a reply to nothing',
      messageOf({ body: 'x', 'm.relates_to': { 'm.in_reply_to': {} } }),
      'content.m\\.relates_to.m\\.in_reply_to.event_id',
      'event_id is missing',
    ],
    [
      'an edit to nothing',
      messageOf({ body: 'x', 'm.new_content': { msgtype: 'm.text' } }),
      'content.m\\.new_content.body',
      'body is missing',
    ],
    [
      'a reaction to nothing',
      eventOf({ type: 'm.reaction', content: {} }),
      'content.m\\.relates_to',
      'm.relates_to is missing',
    ],
    [
      'a name that is no text',
      member({ membership: 'join', displayname: {} }),
      'content.displayname',
      'displayname is not a string or null',
    ],
  ];
  for (const [what, pdu, path, note] of bad) {
    it(`matches ${what}`, () => assert.deepEqual(judge(check, pdu), { matched: 'yes', evidence: [{ path, note }] }));
  }

  it('says something about whatever an event holds', () => {
    const types = fc.constantFrom('m.room.message', 'm.sticker', 'm.reaction', 'm.room.member');
    fc.assert(
      fc.property(types, fc.json(), fc.json(), (type, one, other) => {
        const parsed = parseJson(
          `{"body":${one},"m.relates_to":${other},"m.new_content":${one},"m.mentions":${other}}`,
        );
        assert.ok(parsed.ok && isJsonObject(parsed.value));
        const { value: content } = parsed;
        // Numbers that events may not hold make no events.
        if (/\d[.eE]|\d{16}|-0/.test(one + other)) return;
        assert.match(judge(check, eventOf({ type, stateKey: '', content })).matched, /^(yes|no)$/);
      }),
    );
  });
});
