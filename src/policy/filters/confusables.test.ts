import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { confusables } from './confusables.ts';

const rows: readonly (readonly [settings: object, body: string, expected: string | undefined])[] = [
  [{}, 'log in to рaypal', 'рaypal'],
  [{}, 'ρaypal', 'ρaypal'],
  [{}, 'get 𝖋𝖗𝖊𝖊 money', '𝖋𝖗𝖊𝖊'],
  [{}, '🅵🆁🅴🅴', '🅵🆁🅴🅴'],
  [{}, 'ꜰʀᴇᴇ', 'ꜰʀᴇᴇ'],
  [{ styled: false }, '𝖋𝖗𝖊𝖊 🅵🆁🅴🅴', undefined],
  [{ at_least: 2 }, 'рaypal', undefined],
  [{}, 'Ｆｕｌｌ ｗｉｄｔｈ', undefined],
  [{}, 'рот сок СССР', undefined],
  [{}, 'crème Łódź smørrebrød straße Việt', undefined],
  [{}, 'привет, world и мир', undefined],
  [{}, '5μm', undefined],
  [{ words: ['admin', 'PayPal'] }, 'the аdmin', 'аdmin'],
  [{ words: ['admin', 'PayPal'] }, 'the admin of PayPal, рrivate', undefined],
  [{ words: ['cop'] }, 'сор', 'сор'],
  [{ words: ['cafe'] }, 'café', undefined],
];

describe('confusables', () => {
  for (const [settings, body, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(body.slice(0, 40))}`, () => {
      const result = judge(checkOf(confusables, settings), messageOf({ body }));
      assert.deepEqual(firstMatch(result), expected === undefined ? 'no' : ['content.body', expected]);
    });
  }
});
