import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { mentions } from './mentions.ts';

const check = mentions.compile(mentions.settings.parse({ max: 2 }));
const ids = ['@a:x.org', '@b:x.org', '@c:x.org'];
const link = (id: string): string => `<a href="https://matrix.to/#/${encodeURIComponent(id)}">x</a>`;

describe('mentions', () => {
  const refused: readonly (readonly [string, Pdu])[] = [
    ['m.mentions', messageOf({ 'm.mentions': { user_ids: ids } })],
    ['text', messageOf({ body: ids.join(' ') })],
    ['links', messageOf({ body: 'x', formatted_body: ids.map(link).join('') })],
    [
      'all of these',
      messageOf({ 'm.mentions': { user_ids: [ids[0]!] }, body: ids[1]!, formatted_body: link(ids[2]!) }),
    ],
    ['an edit', messageOf({ 'm.new_content': { 'm.mentions': { user_ids: ids } } })],
    ['a topic', eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: ids.join(', ') } })],
  ];
  for (const [what, pdu] of refused) {
    it(`counts ${what}`, () => {
      const result = judge(check, pdu);
      assert.equal(result.verdict, 'refuse');
      assert.deepEqual(result.evidence, [{ path: 'content', note: '3 users mentioned, at most 2 are allowed' }]);
      assert.deepEqual(result.harms, ['org.matrix.msc4456.spam.flooding']);
    });
  }

  const neutral: readonly (readonly [string, Pdu])[] = [
    ['as many as are allowed', messageOf({ 'm.mentions': { user_ids: ids.slice(1) } })],
    ['one user many times', messageOf({ 'm.mentions': { user_ids: [ids[0]!] }, body: `${ids[0]!} `.repeat(10) })],
    ['power levels', eventOf({ type: 'm.room.power_levels', stateKey: '', content: { name: ids.join(' ') } })],
    [
      'memberships',
      eventOf({ type: 'm.room.member', stateKey: ids[0]!, content: { membership: 'ban', reason: ids.join(' ') } }),
    ],
  ];
  for (const [what, pdu] of neutral) {
    it(`lets pass ${what}`, () => assert.equal(judge(check, pdu).verdict, 'neutral'));
  }

  it('allows 20 unless told otherwise, and 0 switches it off', () => {
    assert.equal(mentions.settings.parse({}).max, 20);
    assert.equal(mentions.compile(mentions.settings.parse({ max: 0 })), undefined);
    assert.ok(!mentions.settings.safeParse({ max: -1 }).success);
  });
});
