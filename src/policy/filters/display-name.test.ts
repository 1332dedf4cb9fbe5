import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { displayName } from './display-name.ts';

const member = (name: string, membership = 'join'): Pdu =>
  eventOf({ type: 'm.room.member', stateKey: '@alice:home.test', content: { membership, displayname: name } });
const message = messageOf({ body: 'casino', displayname: 'casino' });

describe('display_name', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Pdu, string | undefined, boolean])[] = [
    ['a word', { words: ['casino'] }, member('The CASINO!'), undefined, true],
    ['a word in look-alike letters', { words: ['casino'] }, member('Саsіnо 24'), undefined, true],
    ['a word with invisible characters', { words: ['casino'] }, member('ca\u200bsi\u0301no'), undefined, true],
    ['such a word in the name of the sender', { words: ['casino'], names_of: 'sender' }, message, 'ℂasino', true],
    ['part of a word', { words: ['casino'] }, member('Casinova'), undefined, false],
    ['a pattern', { patterns: ['*support*'] }, member('Official SupportDesk'), undefined, true],
    ['a pattern in look-alike letters', { patterns: ['*support*'] }, member('Ѕuрроrt'), undefined, true],
    ['a pattern that covers a part', { patterns: ['support'] }, member('support desk'), undefined, false],
    ['a long name', { more_than: 5 }, member('123456'), undefined, true],
    ['characters, not code units', { more_than: 5 }, member('😀😀😀😀😀'), undefined, false],
    ['a knock', { words: ['casino'] }, member('casino', 'knock'), undefined, true],
    ['a member without a name', { patterns: ['*'] }, member(''), undefined, false],
    ['the name of the sender, not asked for', { words: ['casino'] }, message, 'casino', false],
    ['the name of the sender', { words: ['casino'], names_of: 'sender' }, message, 'casino', true],
    ['no name of the sender', { words: ['casino'], names_of: 'sender' }, message, undefined, false],
    ['a new name, asked for senders', { words: ['casino'], names_of: 'sender' }, member('casino'), 'casino', false],
    ['the name that is given up', { words: ['casino'], names_of: 'both' }, member('Alice'), 'casino', false],
    ['either', { words: ['casino'], names_of: 'both' }, message, 'casino', true],
  ];
  for (const [what, settings, pdu, senderDisplayName, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const facts = factsWith({}, { senderDisplayName });
      assert.equal(judge(checkOf(displayName, settings), pdu, facts).matched, matches ? 'yes' : 'no');
    });
  }

  it('points into a new name, and quotes the one by which the sender goes', () => {
    const check = checkOf(displayName, { words: ['casino'], names_of: 'both' });
    assert.deepEqual(judge(check, member('My Casino')), {
      matched: 'yes',
      evidence: [
        {
          ...{ path: 'content.displayname', span: { start: 3, end: 9 } },
          ...{ matched: 'Casino', note: 'word list entry "casino"' },
        },
      ],
    });
    assert.deepEqual(judge(check, message, factsWith({}, { senderDisplayName: 'My Casino' })), {
      matched: 'yes',
      evidence: [{ path: 'sender', matched: 'Casino', note: 'word list entry "casino"' }],
    });
  });

  it('points at the letters as they are written, each place once', () => {
    const name = 'My С\u200bаsino casino';
    const result = judge(checkOf(displayName, { words: ['casino'] }), member(name));
    assert.ok(result.matched === 'yes');
    const spans = result.evidence.map(({ span }) => name.slice(span?.start, span?.end));
    assert.deepEqual(spans.sort(), ['casino', 'С\u200bаsino']);
  });

  it('needs to be told what to look for', () => {
    for (const bad of [{}, { words: [] }, { names_of: 'both' }, { patterns: [''] }]) {
      assert.throws(() => checkOf(displayName, bad));
    }
  });
});
