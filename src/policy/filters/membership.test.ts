import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { membership } from './membership.ts';

const member = (to: string, userId = '@alice:home.test'): Pdu =>
  eventOf({ type: 'm.room.member', stateKey: userId, content: { membership: to } });

describe('membership', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, string, boolean])[] = [
    ['a join', {}, member('join'), 'leave', true],
    ['a join after an invite', {}, member('join'), 'invite', true],
    ['a change of profile, asked for joins', {}, member('join'), 'join', false],
    ['a change of profile', { kinds: ['profile'] }, member('join'), 'join', true],
    ['a join, asked for changes of profile', { kinds: ['profile'] }, member('join'), 'leave', false],
    ['an invite', { kinds: ['invite'] }, member('invite', '@bob:home.test'), 'join', true],
    ['a knock', { kinds: ['knock'] }, member('knock'), 'leave', true],
    ['leaving', { kinds: ['join', 'invite', 'knock', 'profile'] }, member('leave'), 'join', false],
    ['a ban', { kinds: ['join', 'invite', 'knock', 'profile'] }, member('ban', '@bob:home.test'), 'join', false],
    ['a message', { kinds: ['join', 'profile'] }, messageOf({ membership: 'join' }), 'leave', false],
    [
      'an invite of somebody',
      { kinds: ['invite'], users: ['@bot*:*'] },
      member('invite', '@bot1:home.test'),
      'join',
      true,
    ],
    [
      'an invite of others',
      { kinds: ['invite'], users: ['@bot*:*'] },
      member('invite', '@bob:home.test'),
      'join',
      false,
    ],
  ];
  for (const [what, settings, pdu, before, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const facts = factsWith({}, { senderMembership: before });
      assert.equal(judge(checkOf(membership, settings), pdu, facts).matched, matches ? 'yes' : 'no');
    });
  }

  it('names the user that a glob covers', () => {
    const check = checkOf(membership, { kinds: ['invite'], users: ['@b*:*'] });
    assert.deepEqual(judge(check, member('invite', '@bob:home.test')), {
      matched: 'yes',
      evidence: [
        { path: 'content.membership', note: 'invite' },
        { path: 'state_key', matched: '@bob:home.test', note: 'user "@b*:*"' },
      ],
    });
  });
});
