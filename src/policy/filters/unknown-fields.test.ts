import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { unknownFields } from './unknown-fields.ts';

const text = (content: JsonObject): Pdu => messageOf({ body: 'x', ...content });

describe('unknown_fields', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, boolean])[] = [
    [
      'all that texts may have',
      {},
      text({ format: 'x', formatted_body: 'x', 'm.mentions': {}, 'm.relates_to': {}, external_url: 'x' }),
      false,
    ],
    ['an unknown field', {}, text({ payload: 1 }), true],
    ['the url of a text', {}, text({ url: 'mxc://a/b' }), true],
    [
      'the url of an image',
      {},
      text({ msgtype: 'm.image', url: 'mxc://a/b', info: {}, file: {}, filename: 'x' }),
      false,
    ],
    ['a place without an unknown field', {}, text({ msgtype: 'm.location', geo_uri: 'geo:0,0' }), false],
    ['a kind of message that nobody knows', {}, text({ msgtype: 'org.example.poem', payload: 1 }), false],
    ['fields of proposals', {}, text({ 'org.matrix.msc1767.text': 'x' }), false],
    [
      'fields of a namespace that is allowed',
      { allowed_prefixes: ['org.example.'] },
      text({ 'org.example.a': 1 }),
      false,
    ],
    ['fields of one that is allowed no more', { allowed_prefixes: [] }, text({ 'org.matrix.msc1767.text': 'x' }), true],
    ['fewer than the limit', { more_than: 2 }, text({ a: 1, b: 2 }), false],
    ['more than the limit', { more_than: 2 }, text({ a: 1, b: 2, c: 3 }), true],
    ['fewer bytes', { bytes_more_than: 13 }, text({ a: 1, payload: 1 }), true],
    ['exactly the bytes', { bytes_more_than: '"a":1,"payload":1'.length }, text({ a: 1, payload: 1 }), false],
    ['an edit', {}, text({ 'm.new_content': { msgtype: 'm.text', body: 'x', payload: 1 } }), true],
    ['a reaction', {}, eventOf({ type: 'm.reaction', content: { 'm.relates_to': {}, shortcode: 'x' } }), true],
    [
      'a member',
      {},
      eventOf({
        type: 'm.room.member',
        stateKey: '@a:b',
        content: { membership: 'join', displayname: 'x', reason: 'x' },
      }),
      false,
    ],
    [
      'a member with baggage',
      {},
      eventOf({ type: 'm.room.member', stateKey: '@a:b', content: { membership: 'join', bio: 'x' } }),
      true,
    ],
    ['a type that nobody knows', {}, eventOf({ type: 'org.example.poem', content: { payload: 1 } }), false],
    ['names that mean something to JavaScript', {}, text({ constructor: 1 }), true],
  ];
  for (const [what, settings, pdu, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      assert.equal(judge(checkOf(unknownFields, settings), pdu).matched, matches ? 'yes' : 'no');
    });
  }

  it('names the fields', () => {
    const pdu = text({ 'a.b': 1, 'm.new_content': { msgtype: 'm.text', body: 'x', c: 1 } });
    const note = 'one of 2 unknown fields of 12 bytes';
    assert.deepEqual(judge(checkOf(unknownFields), pdu), {
      matched: 'yes',
      evidence: [
        { path: 'content.a\\.b', matched: 'a.b', note },
        { path: 'content.m\\.new_content.c', matched: 'c', note },
      ],
    });
  });

  it('names ten at the most', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${String(index)}`, index]));
    const result = judge(checkOf(unknownFields), text(many));
    assert.equal(result.matched === 'yes' && result.evidence.length, 10);
  });
});
