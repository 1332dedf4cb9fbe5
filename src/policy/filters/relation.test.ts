import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { relation } from './relation.ts';

const relating = (relates: JsonObject): Pdu => messageOf({ body: 'x', 'm.relates_to': relates });
const reply = relating({ 'm.in_reply_to': { event_id: '$a' } });
const thread = relating({ rel_type: 'm.thread', event_id: '$a' });
const fallback = relating({
  rel_type: 'm.thread',
  event_id: '$a',
  is_falling_back: true,
  'm.in_reply_to': { event_id: '$b' },
});
const threadReply = relating({ rel_type: 'm.thread', event_id: '$a', 'm.in_reply_to': { event_id: '$b' } });
const edit = relating({ rel_type: 'm.replace', event_id: '$a' });
const reaction = eventOf({
  type: 'm.reaction',
  content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key: '👍' } },
});
const custom = relating({ rel_type: 'org.example.vote', event_id: '$a' });
const encryptedEdit = eventOf({
  type: 'm.room.encrypted',
  content: { ciphertext: 'x', 'm.relates_to': { rel_type: 'm.replace', event_id: '$a' } },
});

describe('relation', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, boolean])[] = [
    ['a reply', { kinds: ['reply'] }, reply, true],
    ['a thread, asked for replies', { kinds: ['reply'] }, thread, false],
    ['a thread', { kinds: ['thread'] }, thread, true],
    ['the fallback of a thread, asked for replies', { kinds: ['reply'] }, fallback, false],
    ['a reply within a thread', { kinds: ['reply'] }, threadReply, true],
    ['a reply within a thread, asked for threads', { kinds: ['thread'] }, threadReply, true],
    ['an edit', { kinds: ['edit'] }, edit, true],
    ['an encrypted edit', { kinds: ['edit'] }, encryptedEdit, true],
    ['a reaction', { kinds: ['reaction'] }, reaction, true],
    ['a reaction, asked for edits', { kinds: ['edit'] }, reaction, false],
    ['a custom relation', { rel_types: ['org.example.*'] }, custom, true],
    ['another custom relation', { rel_types: ['com.example.*'] }, custom, false],
    ['a reply, which has no rel_type', { rel_types: ['*'] }, reply, false],
    ['no relation', { kinds: ['reply'], rel_types: ['*'] }, messageOf({ body: 'x' }), false],
    ['nonsense', { kinds: ['reply'], rel_types: ['*'] }, messageOf({ body: 'x', 'm.relates_to': 'y' }), false],
  ];
  for (const [what, settings, pdu, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      assert.equal(judge(checkOf(relation, settings), pdu).matched, matches ? 'yes' : 'no');
    });
  }

  it('points at the relation', () => {
    assert.deepEqual(judge(checkOf(relation, { kinds: ['edit'] }), edit), {
      matched: 'yes',
      evidence: [{ path: 'content.m\\.relates_to.rel_type', matched: 'm.replace', note: 'edit' }],
    });
  });

  it('needs to be told what to look for', () => {
    assert.throws(() => checkOf(relation, {}));
    assert.throws(() => checkOf(relation, { kinds: ['m.replace'] }));
  });
});
