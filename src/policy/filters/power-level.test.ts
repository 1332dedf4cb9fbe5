import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { powerLevel } from './power-level.ts';

describe('power_level', () => {
  const table: readonly (readonly [Record<string, unknown>, number, boolean])[] = [
    [{ less_than: 10 }, 9, true],
    [{ less_than: 10 }, 10, false],
    [{ less_than: 10 }, -5, true],
    [{ less_than: 10 }, Infinity, false],
    [{ at_least: 50 }, 50, true],
    [{ at_least: 50 }, 49, false],
    [{ at_least: 50 }, Infinity, true],
    [{ at_least: 10, less_than: 50 }, 30, true],
    [{ at_least: 10, less_than: 50 }, 50, false],
    [{ less_than: 10 }, NaN, false],
    [{ at_least: -100 }, NaN, false],
  ];
  for (const [settings, level, matches] of table) {
    it(`${JSON.stringify(settings)} ${matches ? 'matches' : 'ignores'} ${String(level)}`, () => {
      const facts = factsWith({}, { senderPowerLevel: level });
      assert.equal(
        judge(checkOf(powerLevel, settings), messageOf({ body: 'x' }), facts).matched,
        matches ? 'yes' : 'no',
      );
    });
  }

  it('needs a limit', () => {
    for (const bad of [{}, { less_than: 1.5 }, { at_least: '50' }]) assert.throws(() => checkOf(powerLevel, bad));
  });
});
