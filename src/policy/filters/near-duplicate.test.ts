import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { SimilarAnswer } from '../answers.ts';
import { nearDuplicate } from './near-duplicate.ts';

const BODY = 'Earn money from home, write to me today!';
const text = messageOf({ body: BODY });

describe('near_duplicate', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, Partial<SimilarAnswer>, boolean])[] = [
    ['what was said three times', {}, text, {}, true],
    ['what was said twice', {}, text, { events: 2 }, false],
    ['what two people said', { from_senders: 2 }, text, { senders: 2 }, true],
    ['what one person said', { from_senders: 2 }, text, { senders: 1 }, false],
    ['what was said in one room', { in_rooms: 2 }, text, {}, false],
    ['what was said in two rooms', { in_rooms: 2 }, text, { rooms: 2 }, true],
    ['captions', {}, messageOf({ msgtype: 'm.image', filename: 'x.png', body: BODY, url: 'mxc://a/b' }), {}, true],
    ['edits', {}, messageOf({ body: '* ok', 'm.new_content': { body: BODY } }), {}, true],
    ['short texts', {}, messageOf({ body: 'good morning' }), {}, false],
    ['short texts where they are wanted', { min_length: 5 }, messageOf({ body: 'good morning' }), {}, true],
    ['texts of just the length', { min_length: 12 }, messageOf({ body: 'good morning' }), {}, true],
    ['texts one shorter', { min_length: 13 }, messageOf({ body: 'good morning' }), {}, false],
    ['messages without text', {}, eventOf({ type: 'm.room.message', content: {} }), {}, false],
    ['topics', {}, eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: BODY } }), {}, false],
  ];
  for (const [what, settings, pdu, answer, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const facts = factsWith({ similar: { events: 3, senders: 1, rooms: 1, ...answer } });
      assert.equal(judge(checkOf(nearDuplicate, settings), pdu, facts).matched, matches ? 'yes' : 'no');
    });
  }

  it('points at the text', () => {
    const facts = factsWith({ similar: { events: 7, senders: 4, rooms: 1 } });
    const result = judge(checkOf(nearDuplicate, { among: 'refused', within: '10m' }), text, facts);
    assert.ok(result.matched === 'yes');
    const note = 'like 7 refused messages of 4 people within 10m';
    assert.deepEqual(result.evidence, [{ path: 'content.body', note }]);
  });

  it('refuses what is not found reliably, and longer times than texts are kept', () => {
    for (const settings of [{ likeness: 40 }, { within: '2d' }, { at_least: 0 }, { at_least: 500 }]) {
      assert.equal(nearDuplicate.prepare(settings, { wordLists: new Map() }).ok, false);
    }
    for (const within of ['1s', '24h']) checkOf(nearDuplicate, { within });
  });
});
