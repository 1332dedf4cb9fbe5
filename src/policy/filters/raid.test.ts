import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { userIdOf } from '../../../tests/support/room-builder.ts';
import type { Pdu } from '../../protocol/events.ts';
import { raid } from './raid.ts';

const ALICE = userIdOf('@alice4711:home.test');
const join = (content = {}): Pdu =>
  eventOf({ type: 'm.room.member', sender: ALICE, stateKey: ALICE, content: { membership: 'join', ...content } });
const message = messageOf({ body: 'down with this community' });

describe('raid', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, number, number, boolean])[] = [
    ['a join among many', {}, join(), 20, 0, true],
    ['a join among few', {}, join(), 19, 0, false],
    ['messages', {}, message, 99, 9, false],
    ['messages where they are wanted', { also_messages: true }, message, 21, 0, true],
    ['messages when few join', { also_messages: true }, message, 20, 0, false],
    ['a name like others', { similar: 'names' }, join(), 20, 3, true],
    ['a name like few others', { similar: 'names' }, join(), 20, 2, false],
    ['a name like others when few join', { similar: 'names' }, join(), 10, 9, false],
    ['names too short to tell', { similar: 'names' }, join({ displayname: 'Al' }), 20, 9, false],
    ['a text like others', { similar: 'texts' }, message, 21, 3, true],
    ['a text like no other', { similar: 'texts' }, message, 21, 0, false],
    ['joins, where texts are asked for', { similar: 'texts' }, join(), 99, 9, false],
  ];
  for (const [what, settings, pdu, count, senders, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const answers = { count, similar: { events: senders, senders, rooms: 1 } };
      const facts = factsWith(answers, { senderMembership: pdu === message ? 'join' : 'leave' });
      assert.equal(judge(checkOf(raid, settings), pdu, facts).matched, matches ? 'yes' : 'no');
    });
  }

  it('ignores changes of the profile', () => {
    assert.equal(judge(checkOf(raid), join(), factsWith({ count: 99 })).matched, 'no');
  });

  it('counts joins that were refused, unless told otherwise', () => {
    const keys: string[] = [];
    const facts = factsWith({ count: 0 }, { senderMembership: 'leave' });
    const noting: typeof facts = {
      ...facts,
      ask: (type, question) => {
        keys.push(question.key);
        return facts.ask(type, question);
      },
    };
    for (const settings of [{}, { include_refused: false }]) judge(checkOf(raid, settings), join(), noting);
    const joins = 'joins per everyone across community within 5m';
    assert.deepEqual(keys, [`${joins}, refused ones too`, joins]);
  });

  it('points at what is alike', () => {
    const facts = factsWith({ count: 30, similar: { events: 8, senders: 8, rooms: 1 } }, { senderMembership: 'leave' });
    const result = judge(checkOf(raid, { similar: 'names' }), join(), facts);
    assert.ok(result.matched === 'yes');
    assert.deepEqual(result.evidence, [
      { path: 'type', matched: 'm.room.member', note: '31 joins within 5m, at most 20 are allowed' },
      { path: 'sender', note: 'a name like that of 8 people within 5m' },
    ]);
  });
});
