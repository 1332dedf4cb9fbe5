import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge } from '../../../tests/support/policy-events.ts';
import { userIdOf } from '../../../tests/support/room-builder.ts';
import { userIdShape } from './user-id-shape.ts';

describe('user_id_shape', () => {
  const table: readonly (readonly [string, Record<string, unknown>, string, boolean])[] = [
    ['a long id', { length_more_than: 13 }, '@bob:home.test', true],
    ['an id of the limit', { length_more_than: 14 }, '@bob:home.test', false],
    ['bytes, not characters', { localpart_more_than: 3 }, '@äö:home.test', true],
    ['a localpart of the limit', { localpart_more_than: 3 }, '@bob:home.test', false],
    ['many words', { words_more_than: 2 }, '@earn.money-fast:home.test', true],
    ['fewer words', { words_more_than: 3 }, '@earn.money-fast:home.test', false],
    ['words of the server, which do not count', { words_more_than: 1 }, '@bob:a.b.c.home.test', false],
    ['digits', { digits_more_than: 3 }, '@bob2024:home.test', true],
    ['digits of the limit', { digits_more_than: 4 }, '@bob2024:home.test', false],
    ['digits of the server, which do not count', { digits_more_than: 0 }, '@bob:home1.test', false],
    ['a share of digits', { digits_percent_at_least: 50 }, '@ab12:home.test', true],
    ['a smaller share', { digits_percent_at_least: 51 }, '@ab12:home.test', false],
    ['an empty localpart', { digits_percent_at_least: 1 }, '@:home.test', false],
    ['switches', { switches_more_than: 4 }, '@a8f3k2:home.test', true],
    ['a name with a year', { switches_more_than: 1 }, '@bob2024:home.test', false],
    ['consonants', { consonants_more_than: 5 }, '@xkqzrtw:home.test', true],
    ['a name', { consonants_more_than: 5 }, '@schwarz:home.test', false],
    ['any of two', { digits_more_than: 99, words_more_than: 1 }, '@a-b:home.test', true],
    [
      'one of two, asked for all',
      { digits_more_than: 99, words_more_than: 1, criteria: 'all' },
      '@a-b:home.test',
      false,
    ],
    ['all of two', { digits_more_than: 0, words_more_than: 1, criteria: 'all' }, '@a-1:home.test', true],
  ];
  for (const [what, settings, userId, matches] of table) {
    it(`${matches ? 'matches' : 'ignores'} ${what}`, () => {
      const pdu = eventOf({ type: 'm.room.message', content: {}, sender: userIdOf(userId) });
      assert.equal(judge(checkOf(userIdShape, settings), pdu).matched, matches ? 'yes' : 'no');
    });
  }

  it('says what it measured', () => {
    const pdu = eventOf({ type: 'm.room.message', content: {}, sender: userIdOf('@a-b-c:home.test') });
    assert.deepEqual(judge(checkOf(userIdShape, { words_more_than: 2 }), pdu), {
      matched: 'yes',
      evidence: [{ path: 'sender', matched: '@a-b-c:home.test', note: '3 words, more than 2' }],
    });
  });

  it('needs a criterion', () => {
    for (const bad of [{}, { criteria: 'all' }, { words_more_than: -1 }, { digits_percent_at_least: 0 }]) {
      assert.throws(() => checkOf(userIdShape, bad));
    }
  });
});
