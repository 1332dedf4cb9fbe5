import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { words } from './words.ts';

const settings = words.settings.parse({ words: ['casino', 'free money', 'scam*'] });
const check = words.compile(settings);

describe('words', () => {
  const refused: readonly (readonly [string, Pdu, string, string])[] = [
    ['a body', messageOf({ body: 'Casino!' }), 'content.body', 'Casino'],
    ['a phrase', messageOf({ body: 'FREE, money' }), 'content.body', 'FREE, money'],
    ['a wildcard', messageOf({ body: 'scammers' }), 'content.body', 'scammers'],
    ['a word in parts', messageOf({ body: 'x', formatted_body: 'ca<b>si</b>no' }), 'content.formatted_body', 'casino'],
    [
      'an edit',
      messageOf({ body: 'x', 'm.new_content': { body: 'casino' } }),
      'content.m\\.new_content.body',
      'casino',
    ],
    [
      'a topic',
      eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: 'casino' } }),
      'content.topic',
      'casino',
    ],
    ['a name', eventOf({ type: 'm.room.name', stateKey: '', content: { name: 'casino' } }), 'content.name', 'casino'],
    [
      'a display name',
      eventOf({
        type: 'm.room.member',
        stateKey: '@a:home.test',
        content: { membership: 'join', displayname: 'casino' },
      }),
      'content.displayname',
      'casino',
    ],
    [
      'a reaction',
      eventOf({ type: 'm.reaction', content: { 'm.relates_to': { key: 'casino' } } }),
      'content.m\\.relates_to.key',
      'casino',
    ],
  ];
  for (const [what, pdu, path, matched] of refused) {
    it(`refuses ${what}`, () => {
      const result = judge(check, pdu);
      assert.equal(result.verdict, 'refuse');
      assert.deepEqual([result.evidence[0]?.path, result.evidence[0]?.matched], [path, matched]);
      assert.equal(result.message, settings.message);
      assert.deepEqual(result.harms, ['org.matrix.msc4456.spam']);
    });
  }

  const neutral: readonly (readonly [string, Pdu])[] = [
    ['other words', messageOf({ body: 'casinos and discount' })],
    ['text in attributes', messageOf({ body: 'x', formatted_body: '<a href="https://casino.example">x</a>' })],
    ['a redaction, whatever its reason', eventOf({ type: 'm.room.redaction', content: { reason: 'casino' } })],
    ['fields that nobody reads', messageOf({ body: 'x', 'org.example.data': 'casino' })],
  ];
  for (const [what, pdu] of neutral) {
    it(`lets pass ${what}`, () => assert.equal(judge(check, pdu).verdict, 'neutral'));
  }

  it('points at the place in the source, tags and entities included', () => {
    const formatted = '<p>win &amp; c<b>asi</b>n&#111;</p>';
    const result = judge(check, messageOf({ body: 'x', formatted_body: formatted }));
    assert.ok(result.verdict === 'refuse');
    const span = result.evidence[0]?.span;
    assert.equal(formatted.slice(span?.start, span?.end), 'c<b>asi</b>n&#111;');
  });

  it('keeps long matches short', () => {
    const result = judge(check, messageOf({ body: `scam${'x'.repeat(500)}` }));
    assert.ok(result.verdict === 'refuse');
    assert.equal(result.evidence[0]?.matched?.length, 200);
  });

  it('is off without words, and refuses settings that are none', () => {
    assert.equal(words.compile(words.settings.parse({})), undefined);
    for (const bad of [{ words: [''] }, { words: 'x' }, { word: [] }, { message: '' }]) {
      assert.ok(!words.settings.safeParse(bad).success);
    }
  });

  it('does not judge moderators', () => assert.ok(!words.judgesModerators));
});
