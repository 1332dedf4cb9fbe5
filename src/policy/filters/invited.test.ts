import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { invited } from './invited.ts';

const message = messageOf({ body: 'x' });
const join = eventOf({ type: 'm.room.member', stateKey: '@alice:home.test', content: { membership: 'join' } });
const knock = eventOf({ type: 'm.room.member', stateKey: '@alice:home.test', content: { membership: 'knock' } });

const person = (wasInvited: boolean) => ({
  ...{ firstSeenAt: 1, firstSeenInCommunityAt: 1, joinedAt: 1, messagesHere: 0, messagesInCommunity: 0 },
  wasInvited,
});

describe('invited', () => {
  it('asks how members came in', () => {
    const results = [true, false].map((wasInvited) => {
      const facts = factsWith({ person: person(wasInvited) });
      return ['invite', 'themselves'].map((by) => judge(checkOf(invited, { joined_by: by }), message, facts).matched);
    });
    assert.deepEqual(results, [
      ['yes', 'no'],
      ['no', 'yes'],
    ]);
  });

  it('sees of joins whether an invite came before, without asking', () => {
    const results = ['invite', 'leave', 'knock'].map((before) => {
      const facts = factsWith({}, { senderMembership: before });
      return ['invite', 'themselves'].map((by) => judge(checkOf(invited, { joined_by: by }), join, facts).matched);
    });
    assert.deepEqual(results, [
      ['yes', 'no'],
      ['no', 'yes'],
      ['no', 'yes'],
    ]);
  });

  it('says nothing of those who stay outside', () => {
    const facts = factsWith({}, { senderMembership: 'leave' });
    for (const by of ['invite', 'themselves']) {
      assert.equal(judge(checkOf(invited, { joined_by: by }), knock, facts).matched, 'no');
    }
  });

  it('waits for an answer, and fails without one', () => {
    assert.equal(judge(checkOf(invited), message, factsWith()).matched, 'failed');
    const waiting = { ...factsWith(), ask: () => ({ state: 'pending' as const }) };
    assert.equal(judge(checkOf(invited), message, waiting).matched, 'pending');
  });
});
