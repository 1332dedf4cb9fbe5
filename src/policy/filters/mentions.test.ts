import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { mentions } from './mentions.ts';

const ids = ['@a:x.org', '@b:x.org', '@c:x.org'];
const link = (id: string): string => `<a href="https://matrix.to/#/${encodeURIComponent(id)}">x</a>`;
const LISTED = messageOf({ 'm.mentions': { user_ids: ids } });
const WRITTEN = messageOf({ body: ids.join(' ') });
const LINKED = messageOf({ body: 'x', formatted_body: ids.map(link).join('') });

describe('mentions', () => {
  const check = checkOf(mentions, { more_than: 2 });
  const matching: readonly (readonly [string, Pdu])[] = [
    ['m.mentions', LISTED],
    ['text', WRITTEN],
    ['links', LINKED],
    [
      'all of these',
      messageOf({ 'm.mentions': { user_ids: [ids[0]!] }, body: ids[1]!, formatted_body: link(ids[2]!) }),
    ],
    ['an edit', messageOf({ 'm.new_content': { 'm.mentions': { user_ids: ids } } })],
    ['a topic', eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: ids.join(', ') } })],
  ];
  for (const [what, pdu] of matching) {
    it(`counts ${what}`, () => {
      assert.deepEqual(judge(check, pdu), {
        matched: 'yes',
        evidence: [{ path: 'content', note: '3 users mentioned, at most 2 are allowed' }],
      });
    });
  }

  const passing: readonly (readonly [string, Pdu])[] = [
    ['as many as are allowed', messageOf({ 'm.mentions': { user_ids: ids.slice(1) } })],
    ['one user many times', messageOf({ 'm.mentions': { user_ids: [ids[0]!] }, body: `${ids[0]!} `.repeat(10) })],
    ['power levels', eventOf({ type: 'm.room.power_levels', stateKey: '', content: { name: ids.join(' ') } })],
    [
      'memberships',
      eventOf({ type: 'm.room.member', stateKey: ids[0]!, content: { membership: 'ban', reason: ids.join(' ') } }),
    ],
    ['redactions', eventOf({ type: 'm.room.redaction', content: { reason: ids.join(' ') } })],
    ['the whole room, unless told', messageOf({ body: '@room', 'm.mentions': { room: true } })],
  ];
  for (const [what, pdu] of passing) {
    it(`lets pass ${what}`, () => assert.equal(judge(check, pdu).matched, 'no'));
  }

  it('counts where it is told to', () => {
    for (const [place, pdu] of [
      ['m_mentions', LISTED],
      ['text', WRITTEN],
      ['links', LINKED],
    ] as const) {
      const one = checkOf(mentions, { more_than: 2, counted_in: [place] });
      for (const other of [LISTED, WRITTEN, LINKED]) {
        assert.equal(judge(one, other).matched, other === pdu ? 'yes' : 'no', place);
      }
    }
    const both = checkOf(mentions, { more_than: 2, counted_in: ['text', 'links'] });
    assert.equal(judge(both, messageOf({ body: ids[0]!, formatted_body: ids.map(link).join('') })).matched, 'yes');
  });

  it('matches @room where told to', () => {
    const room = checkOf(mentions, { room: true });
    assert.deepEqual(judge(room, messageOf({ 'm.mentions': { room: true } })), {
      matched: 'yes',
      evidence: [{ path: 'content.m\\.mentions.room', note: 'mentions the whole room' }],
    });
    assert.deepEqual(judge(room, messageOf({ body: 'hi @room!' })), {
      matched: 'yes',
      evidence: [
        { path: 'content.body', span: { start: 3, end: 8 }, matched: '@room', note: 'mentions the whole room' },
      ],
    });
    assert.equal(judge(room, messageOf({ body: ids.join(' ').repeat(20) })).matched, 'no');
    const declared = checkOf(mentions, { room: true, counted_in: ['m_mentions'] });
    assert.equal(judge(declared, messageOf({ body: '@room' })).matched, 'no');
    const all = checkOf(mentions, { room: true, more_than: 2 });
    assert.equal(judge(all, LISTED).matched, 'yes');
    assert.equal(judge(all, messageOf({ body: '@room' })).matched, 'yes');
  });

  it('allows 20 unless told otherwise', () => {
    const many = (count: number): Pdu =>
      messageOf({ body: Array.from({ length: count }, (_, index) => `@u${String(index)}:x.org`).join(' ') });
    assert.equal(judge(checkOf(mentions), many(20)).matched, 'no');
    assert.equal(judge(checkOf(mentions), many(21)).matched, 'yes');
    assert.ok(!mentions.settings.safeParse({ more_than: -1 }).success);
  });
});
