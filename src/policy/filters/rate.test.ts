import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { userIdOf } from '../../../tests/support/room-builder.ts';
import type { Facts } from '../facts.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { Counted, CountQuestion } from '../questions.ts';
import { rate } from './rate.ts';

const ALICE = '@alice:home.test';
const message = messageOf({ body: 'x' });
const image = messageOf({ msgtype: 'm.image', body: 'x.png', url: 'mxc://home.test/x' });
const mention = messageOf({ body: 'hi', 'm.mentions': { user_ids: ['@a:home.test', '@b:home.test'], room: true } });
const reaction = eventOf({ type: 'm.reaction', content: { 'm.relates_to': { key: 'x' } } });
const topic = eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: 'x' } });
const join = member('join');
const invite = eventOf({
  type: 'm.room.member',
  sender: userIdOf(ALICE),
  stateKey: '@bob:home.test',
  content: { membership: 'invite' },
});

function member(membership: string): Pdu {
  return eventOf({ type: 'm.room.member', sender: userIdOf(ALICE), stateKey: ALICE, content: { membership } });
}

/** So many of each within a minute, and four times as many in any longer time. */
function factsOf(counts: Partial<Record<Counted, number>>, senderMembership = 'join', longRun?: number): Facts {
  const facts = factsWith({}, { senderMembership });
  const answer = ({ what, withinMs }: CountQuestion): number => {
    const count = counts[what] ?? 0;
    return withinMs > 60_000 ? (longRun ?? count * 4) : count;
  };
  return {
    ...facts,
    ask: (type, question) =>
      type === 'count' && 'what' in question
        ? factsWith({ count: answer(question) }).ask(type, question)
        : facts.ask(type, question),
  };
}

describe('rate', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, Facts, boolean])[] = [
    ['a message as allowed', {}, message, factsOf({ messages: 9 }), false],
    ['a message too many', {}, message, factsOf({ messages: 10 }), true],
    ['media, which are messages', {}, image, factsOf({ messages: 10 }), true],
    ['a reaction, which is none', {}, reaction, factsOf({ messages: 10 }), false],
    ['state, which is none', {}, topic, factsOf({ messages: 10 }), false],
    ['the first refusals', { more_than: 1, only_refused: true }, message, factsOf({ messages: 1 }), false],
    ['what comes after them', { more_than: 1, only_refused: true }, message, factsOf({ messages: 2 }), true],
    ['any event', { what: 'events' }, topic, factsOf({ events: 10 }), true],
    [
      'a reaction of messages and reactions',
      { what: ['messages', 'reactions'] },
      reaction,
      factsOf({ messages: 6, reactions: 4 }),
      true,
    ],
    ['one fewer of both', { what: ['messages', 'reactions'] }, message, factsOf({ messages: 6, reactions: 3 }), false],
    ['mentions that go beyond', { what: 'mentions' }, mention, factsOf({ mentions: 8 }), true],
    ['mentions up to the limit', { what: 'mentions' }, mention, factsOf({ mentions: 7 }), false],
    ['messages without mentions', { what: 'mentions' }, message, factsOf({ mentions: 99 }), false],
    ['media', { what: 'media' }, image, factsOf({ media: 10 }), true],
    ['texts, which are none', { what: 'media' }, message, factsOf({ media: 10 }), false],
    ['a join', { what: 'joins', per: 'room' }, join, factsOf({ joins: 10 }, 'leave'), true],
    ['a change of the profile', { what: 'joins', per: 'room' }, join, factsOf({ joins: 10 }), false],
    ['a join, as a change', { what: 'membership_changes' }, join, factsOf({ membership_changes: 10 }, 'leave'), true],
    [
      'a leave, as a change',
      { what: 'membership_changes' },
      member('leave'),
      factsOf({ membership_changes: 10 }),
      true,
    ],
    ['an invite', { what: 'invites' }, invite, factsOf({ invites: 10 }), true],
    ['too many rooms', { what: 'rooms', across: 'instance' }, message, factsOf({ rooms: 11 }), true],
    ['rooms as allowed', { what: 'rooms', across: 'instance' }, message, factsOf({ rooms: 10 }), false],
    ['a burst', { burst: 5 }, message, factsOf({ messages: 14 }, 'join', 40), false],
    ['more than the burst', { burst: 5 }, message, factsOf({ messages: 15 }, 'join', 15), true],
    ['a burst that goes on', { burst: 5 }, message, factsOf({ messages: 12 }, 'join', 45), true],
  ];
  for (const [what, settings, pdu, facts, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const check = checkOf(rate, { more_than: 10, within: '1m', ...settings });
      assert.equal(judge(check, pdu, facts).matched, matches ? 'yes' : 'no');
    });
  }

  it('says how many there were', () => {
    const result = judge(checkOf(rate, { more_than: 10, within: '1m' }), message, factsOf({ messages: 12 }));
    assert.ok(result.matched === 'yes');
    const note = '13 messages within 1m, at most 10 are allowed';
    assert.deepEqual(result.evidence, [{ path: 'type', matched: 'm.room.message', note }]);
  });

  it('waits for answers, and fails with them', () => {
    const check = checkOf(rate, { more_than: 10, within: '1m' });
    assert.equal(judge(check, message, { ...factsWith(), ask: () => ({ state: 'pending' }) }).matched, 'pending');
    assert.equal(judge(check, message, factsWith()).matched, 'failed');
  });

  it('counts people called by their display names where told', () => {
    const named = [
      { names: 2, first: ['ann', 'bob'], alsoMentionedIn: [] },
      { names: 1, first: ['carol'], alsoMentionedIn: ['m_mentions'] },
    ] as const;
    const asked: string[] = [];
    const answering = (count: number): Facts => {
      const facts = factsWith({ names: { named }, count });
      return {
        ...facts,
        ask: (type, question) => {
          asked.push(`${type} ${question.key}`);
          return facts.ask(type, question);
        },
      };
    };
    const settings = { what: 'mentions', more_than: 5, within: '1m' };
    const check = checkOf(rate, { ...settings, display_names: true });
    const said = messageOf({ body: 'Ann, Bob, Carol', 'm.mentions': { user_ids: ['@carol:home.test'] } });
    const result = judge(check, said, answering(3));
    assert.ok(result.matched === 'yes');
    assert.equal(result.evidence[0]?.note, '6 mentions within 1m, at most 5 are allowed');
    assert.deepEqual(
      result.evidence.slice(1).map(({ matched }) => matched),
      ['Ann', 'Bob'],
    );
    assert.equal(judge(check, said, answering(2)).matched, 'no');
    assert.equal(judge(checkOf(rate, settings), said, answering(4)).matched, 'no');
    assert.deepEqual(asked.slice(0, 2), [
      'names from 5 letters',
      'count mentions per sender across community within 1m, display names too',
    ]);
  });

  it('asks for no display names where there are none to read', () => {
    const check = checkOf(rate, { what: 'mentions', more_than: 0, within: '1m', display_names: true });
    const encrypted = eventOf({ type: 'm.room.encrypted', content: { body: 'Ann', ciphertext: 'x' } });
    for (const pdu of [encrypted, topic, reaction, invite]) {
      assert.equal(judge(check, pdu, factsWith({ count: 9 })).matched, 'no');
    }
    assert.equal(judge(check, message, factsWith({ count: 9 })).matched, 'failed');
    assert.equal(judge(check, message, { ...factsWith(), ask: () => ({ state: 'pending' }) }).matched, 'pending');
  });

  const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
    ['no limit', { within: '1m' }],
    ['windows that nobody remembers', { more_than: 1, within: '8d' }],
    ['windows of no time', { more_than: 1, within: '1ms' }],
    ['what is counted twice', { more_than: 1, within: '1m', what: ['messages', 'media'] }],
    ['rooms and messages', { more_than: 1, within: '1m', what: ['messages', 'rooms'] }],
    ['display names of what is no mention', { more_than: 1, within: '1m', what: 'messages', display_names: true }],
    ['unknown things', { more_than: 1, within: '1m', what: 'kicks' }],
  ];
  for (const [what, settings] of wrong) {
    it(`refuses ${what}`, () => assert.equal(rate.prepare(settings, { wordLists: new Map() }).ok, false));
  }

  it('takes the shortest and the longest window', () => {
    for (const within of ['1s', '7d']) checkOf(rate, { more_than: 1, within });
    assert.equal(rate.prepare({ more_than: 1, within: '999ms' }, { wordLists: new Map() }).ok, false);
  });
});
