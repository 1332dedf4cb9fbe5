import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge } from '../../../tests/support/policy-events.ts';
import { userIdOf } from '../../../tests/support/room-builder.ts';
import { sender } from './sender.ts';

describe('sender', () => {
  const table: readonly (readonly [string, Record<string, unknown>, string, boolean])[] = [
    ['a user', { users: ['@bob:home.test'] }, '@bob:home.test', true],
    ['another user', { users: ['@bob:home.test'] }, '@bobby:home.test', false],
    ['another case, which is another user', { users: ['@bob:home.test'] }, '@Bob:home.test', false],
    ['a glob', { users: ['@bot-*:home.test'] }, '@bot-7:home.test', true],
    ['one of many', { users: ['@a:x.test', '@?ob:*'] }, '@rob:home.test', true],
    ['a server', { servers: ['home.test'] }, '@bob:home.test', true],
    ['a server in another case', { servers: ['HOME.test'] }, '@bob:home.test', true],
    ['another server', { servers: ['home.test'] }, '@bob:other.test', false],
    ['a subdomain', { servers: ['*.home.test'] }, '@bob:matrix.home.test', true],
    ['the domain itself, of which no subdomain is', { servers: ['*.home.test'] }, '@bob:home.test', false],
    ['a domain that ends alike', { servers: ['*.home.test'] }, '@bob:evilhome.test', false],
    ['a server with a port', { servers: ['home.test'] }, '@bob:home.test:8448', true],
    ['a port that is asked for', { servers: ['home.test:8448'] }, '@bob:home.test:8448', true],
    ['another port than is asked for', { servers: ['home.test:8448'] }, '@bob:home.test:443', false],
    ['an address', { servers: ['[::1]'] }, '@bob:[::1]:8448', true],
  ];
  for (const [what, settings, userId, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const pdu = eventOf({ type: 'm.room.message', content: {}, sender: userIdOf(userId) });
      assert.equal(judge(checkOf(sender, settings), pdu).matched, matches ? 'yes' : 'no');
    });
  }

  it('says which entry it was', () => {
    const pdu = eventOf({ type: 'm.room.message', content: {}, sender: userIdOf('@bob:home.test') });
    assert.deepEqual(judge(checkOf(sender, { servers: ['*.test'] }), pdu), {
      matched: 'yes',
      evidence: [{ path: 'sender', matched: '@bob:home.test', note: 'server "*.test"' }],
    });
  });

  it('needs to be told whom to look for', () => {
    for (const bad of [{}, { users: [] }, { users: [''] }, { user: ['@a:b'] }]) {
      assert.throws(() => checkOf(sender, bad));
    }
  });
});
