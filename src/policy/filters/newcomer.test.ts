import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { PersonAnswer } from '../answers.ts';
import { newcomer } from './newcomer.ts';

const { now } = factsWith();
const HOUR = 3_600_000;
const message = messageOf({ body: 'x' });

const regular: PersonAnswer = {
  firstSeenAt: now - 9000 * HOUR,
  firstSeenInCommunityAt: now - 5000 * HOUR,
  joinedAt: now - 4000 * HOUR,
  wasInvited: false,
  messagesHere: 40,
  messagesInCommunity: 90,
};

describe('newcomer', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Partial<PersonAnswer>, boolean])[] = [
    ['a regular', { joined_within: '24h', first_seen_within: '7d', fewer_messages_than: 5 }, {}, false],
    ['who joined just now', { joined_within: '24h' }, { joinedAt: now - HOUR }, true],
    ['who joined at the limit', { joined_within: '24h' }, { joinedAt: now - 24 * HOUR }, false],
    ['who joined nobody knows when', { joined_within: '24h' }, { joinedAt: null }, false],
    ['who was seen just now', { first_seen_within: '24h' }, { firstSeenInCommunityAt: now - HOUR }, true],
    ['who was never seen', { first_seen_within: '24h' }, { firstSeenInCommunityAt: null }, true],
    [
      'who was seen elsewhere long ago',
      { first_seen_within: '24h', first_seen_in: 'instance' },
      { firstSeenInCommunityAt: null },
      false,
    ],
    [
      'who was never seen anywhere',
      { first_seen_within: '24h', first_seen_in: 'instance' },
      { firstSeenInCommunityAt: null, firstSeenAt: null },
      true,
    ],
    ['few messages', { fewer_messages_than: 5 }, { messagesInCommunity: 4 }, true],
    ['enough messages', { fewer_messages_than: 5 }, { messagesInCommunity: 5 }, false],
    ['few messages here, many in the community', { fewer_messages_than: 5 }, { messagesHere: 1 }, false],
    ['few messages here', { fewer_messages_than: 5, messages_in: 'room' }, { messagesHere: 1 }, true],
    ['one of two', { joined_within: '24h', fewer_messages_than: 5 }, { messagesInCommunity: 0 }, true],
    [
      'one of two, asked for all',
      { joined_within: '24h', fewer_messages_than: 5, criteria: 'all' },
      { messagesInCommunity: 0 },
      false,
    ],
    [
      'both of two',
      { joined_within: '24h', fewer_messages_than: 5, criteria: 'all' },
      { messagesInCommunity: 0, joinedAt: now - HOUR },
      true,
    ],
  ];
  for (const [what, settings, person, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const facts = factsWith({ person: { ...regular, ...person } });
      assert.equal(judge(checkOf(newcomer, settings), message, facts).matched, matches ? 'yes' : 'no');
    });
  }

  it('takes those who are about to join for newcomers in the room, whenever they were in it before', () => {
    const join = eventOf({ type: 'm.room.member', stateKey: '@alice:home.test', content: { membership: 'join' } });
    const facts = factsWith({ person: regular }, { senderMembership: 'leave' });
    assert.deepEqual(judge(checkOf(newcomer, { joined_within: '1h' }), join, facts), {
      matched: 'yes',
      evidence: [{ path: 'sender', matched: '@alice:home.test', note: 'not in the room before' }],
    });
  });

  it('waits for an answer, and fails without one', () => {
    const check = checkOf(newcomer, { joined_within: '1h' });
    assert.equal(judge(check, message, factsWith()).matched, 'failed');
    const waiting = { ...factsWith(), ask: () => ({ state: 'pending' as const }) };
    assert.equal(judge(check, message, waiting).matched, 'pending');
  });

  it('needs a criterion', () => {
    for (const bad of [{}, { criteria: 'any' }, { joined_within: 'today' }, { fewer_messages_than: 0 }]) {
      assert.throws(() => checkOf(newcomer, bad));
    }
  });
});
