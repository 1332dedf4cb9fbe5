import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { firstMessage } from './first-message.ts';

const message = messageOf({ body: 'x' });

const person = (messagesHere: number, messagesInCommunity: number) => ({
  ...{ firstSeenAt: 1, firstSeenInCommunityAt: 1, joinedAt: 1, wasInvited: false },
  ...{ messagesHere, messagesInCommunity },
});

describe('first_message', () => {
  const image = messageOf({ msgtype: 'm.image', body: 'cat.png', url: 'mxc://home.test/cat' });
  const sticker = eventOf({ type: 'm.sticker', content: { body: 'x', url: 'mxc://home.test/cat' } });
  const encrypted = eventOf({ type: 'm.room.encrypted', content: { ciphertext: 'x' } });
  const reaction = eventOf({ type: 'm.reaction', content: { 'm.relates_to': { key: 'x' } } });
  const topic = eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: 'x' } });
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, number, number, boolean])[] = [
    ['the first message', {}, message, 0, 0, true],
    ['the second', {}, message, 1, 1, false],
    ['an image', {}, image, 0, 0, true],
    ['a sticker', {}, sticker, 0, 0, true],
    ['an encrypted message', {}, encrypted, 0, 0, true],
    ['a reaction', {}, reaction, 0, 0, false],
    ['a topic', {}, topic, 0, 0, false],
    ['the first here of somebody known elsewhere', {}, message, 0, 10, true],
    ['the first here, asked about the community', { in: 'community' }, message, 0, 10, false],
    ['the first in the community', { in: 'community' }, message, 0, 0, true],
    ['the third of three', { first: 3 }, message, 2, 2, true],
    ['the fourth of three', { first: 3 }, message, 3, 3, false],
  ];
  for (const [what, settings, pdu, here, inCommunity, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const facts = factsWith({ person: person(here, inCommunity) });
      assert.equal(judge(checkOf(firstMessage, settings), pdu, facts).matched, matches ? 'yes' : 'no');
    });
  }

  it('waits for an answer, and fails without one; asks nothing about what is no message', () => {
    assert.equal(judge(checkOf(firstMessage), message, factsWith()).matched, 'failed');
    assert.equal(judge(checkOf(firstMessage), topic, factsWith()).matched, 'no');
    const waiting = { ...factsWith(), ask: () => ({ state: 'pending' as const }) };
    assert.equal(judge(checkOf(firstMessage), message, waiting).matched, 'pending');
  });
});
