import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeMatches } from './list-text.ts';

const RULE = { kind: 'server', entity: 'evil.test', recommendation: 'ban', reason: null };
const NOTHING = { rooms: null, trust: 'enforce', override: null, people: null, moderators: null, by: null };

function words(standing: object, rule = RULE): string {
  const subscribers = [{ scope: 'games', effect: '', ...NOTHING, ...standing }];
  const text = describeMatches({ entity: 'x', matches: [{ list: '!list:a.test', rule, subscribers }] });
  return text.split('games: ')[1] ?? '';
}

describe('what a rule of a list comes to, in words', () => {
  for (const [standing, expected] of [
    [{ effect: 'passed' }, 'in force'],
    [{ effect: 'passed', trust: 'flag' }, 'in force, only flagged'],
    [{ effect: 'approved', by: 'maria' }, 'in force, approved by maria'],
    [{ effect: 'waiting', people: 12, moderators: 0 }, 'waits for a human (would hit 12 members)'],
    [{ effect: 'waiting', people: 1, moderators: 1 }, 'waits for a human (would hit 1 member, 1 moderator among them)'],
    [{ effect: 'rejected', by: 'maria' }, 'rejected by maria'],
    [{ effect: 'chosen', override: 'enforce' }, 'overridden: in force'],
    [{ effect: 'chosen', override: 'flag' }, 'overridden: only flagged'],
    [{ effect: 'ignored', override: 'ignore' }, 'overridden: ignored'],
    [{ effect: 'reported', trust: 'notify' }, 'only written to the log'],
    [{ effect: 'off', trust: 'off' }, 'the list is not in use there'],
    [{ effect: 'exempt' }, 'exempt from this list'],
    [{ effect: 'taken_back' }, 'taken back by a rule that takes bans back'],
    [{ effect: 'open' }, 'has hit nobody yet: whom it would hit is counted when it does'],
  ] as const) {
    it(expected, () => {
      assert.equal(words(standing), expected);
    });
  }

  it('takes bans back', () => {
    assert.equal(words({ effect: 'open' }, { ...RULE, recommendation: 'unban' }), 'takes bans back');
  });

  it('names the rooms that differ', () => {
    const standing = { scope: 'games', effect: 'exempt', ...NOTHING };
    const rooms = ['!a:a.test', '!b:a.test', '!c:a.test', '!d:a.test'];
    const subscribers = [
      { ...standing, effect: 'passed' },
      { ...standing, rooms },
    ];
    const text = describeMatches({ entity: 'x', matches: [{ list: '!list:a.test', rule: RULE, subscribers }] });
    const differs = 'games, in !a:a.test, !b:a.test, !c:a.test and 1 other room: exempt from this list';
    assert.ok(text.endsWith(`games: in force; ${differs}`), text);
  });
});
