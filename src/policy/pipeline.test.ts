import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, messageOf, ORDINARY_FACTS } from '../../tests/support/policy-events.ts';
import { isDeparture, type Facts } from './facts.ts';
import type { FilterResult } from './filters/filter.ts';
import { compileFilters, filterSettings, type CompiledFilter } from './filters/registry.ts';
import { TEST_STRING } from './filters/test-string.ts';
import { decide } from './pipeline.ts';

const MODERATOR: Facts = { ...ORDINARY_FACTS, senderPowerLevel: 50, senderIsModerator: true };
const message = messageOf({ body: 'hello' });
const refusal: FilterResult = { verdict: 'refuse', message: 'no', harms: ['h'], evidence: [] };

function filterOf(
  name: string,
  answer: FilterResult | Error,
  more: Partial<CompiledFilter['filter']> = {},
): CompiledFilter {
  const check = (): FilterResult => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { filter: { name, judgesModerators: false, onFailure: 'skip', ...more }, check };
}

describe('decide', () => {
  it('lets the first filter that is not neutral decide', () => {
    const neutral = filterOf('a', { verdict: 'neutral' });
    const allows = filterOf('b', { verdict: 'allow', evidence: [{ path: 'p', note: 'n' }] });
    const refuses = filterOf('c', refusal);
    assert.deepEqual(decide(message, ORDINARY_FACTS, [neutral, refuses, allows]), {
      outcome: 'refuse',
      decidedBy: 'c',
      message: 'no',
      harms: ['h'],
      evidence: [],
    });
    assert.deepEqual(decide(message, ORDINARY_FACTS, [neutral, allows, refuses]), {
      outcome: 'sign',
      decidedBy: 'b',
      evidence: [{ path: 'p', note: 'n' }],
    });
    assert.deepEqual(decide(message, ORDINARY_FACTS, [neutral]), { outcome: 'sign', decidedBy: 'none', evidence: [] });
  });

  it('does with a failed filter what the filter declares', () => {
    const broken = new Error('broken');
    const refuses = filterOf('z', refusal);
    const skipped = decide(message, ORDINARY_FACTS, [filterOf('a', broken, { onFailure: 'skip' }), refuses]);
    assert.equal(skipped.decidedBy, 'z');
    const closed = decide(message, ORDINARY_FACTS, [filterOf('a', broken, { onFailure: 'refuse' }), refuses]);
    assert.deepEqual([closed.outcome, closed.decidedBy], ['refuse', 'a']);
    assert.ok(closed.outcome === 'refuse');
    assert.match(closed.evidence[0]?.note ?? '', /a: broken/);
    const busy = decide(message, ORDINARY_FACTS, [filterOf('a', broken, { onFailure: 'busy' }), refuses]);
    assert.deepEqual(busy, { outcome: 'busy', decidedBy: 'a', detail: 'a: broken' });
  });

  it('exempts moderators from all but what judges them', () => {
    const filters = compileFilters(filterSettings.parse({ words: { words: ['casino'] }, mentions: { max: 1 } }));
    const casino = messageOf({ body: 'casino' });
    assert.equal(decide(casino, ORDINARY_FACTS, filters).outcome, 'refuse');
    assert.deepEqual(decide(casino, MODERATOR, filters), { outcome: 'sign', decidedBy: 'moderator', evidence: [] });
    const test = decide(messageOf({ body: TEST_STRING }), MODERATOR, filters);
    assert.deepEqual([test.outcome, test.decidedBy], ['refuse', 'test_string']);
  });

  it('signs every departure and what concerns the bot, whatever it says', () => {
    const filters = compileFilters(filterSettings.parse({}));
    for (const [membership, departs] of [
      ['leave', true],
      ['ban', true],
      ['join', false],
      ['invite', false],
      ['knock', false],
    ] as const) {
      const content = { membership, reason: TEST_STRING };
      const pdu = eventOf({ type: 'm.room.member', stateKey: '@b:home.test', content });
      assert.equal(isDeparture(pdu), departs);
      const decision = decide(pdu, ORDINARY_FACTS, filters);
      assert.deepEqual(
        [decision.outcome, decision.decidedBy],
        departs ? ['sign', 'departure'] : ['refuse', 'test_string'],
      );
      const about = decide(pdu, { ...ORDINARY_FACTS, concernsBot: true }, filters);
      assert.deepEqual([about.outcome, about.decidedBy], ['sign', 'bot_membership']);
    }
    const noState = eventOf({ type: 'm.room.member', content: { membership: 'leave', reason: TEST_STRING } });
    assert.equal(decide(noState, ORDINARY_FACTS, filters).outcome, 'refuse');
  });

  it('decides the same on the same facts, byte for byte', () => {
    const filters = compileFilters(filterSettings.parse({ words: { words: ['casino', 'scam*'] } }));
    for (const body of ['casino and scams', 'hello', TEST_STRING]) {
      const pdu = messageOf({ body, formatted_body: `<b>${body}</b>` });
      const first = JSON.stringify(decide(pdu, ORDINARY_FACTS, filters));
      for (let i = 0; i < 5; i += 1) assert.equal(JSON.stringify(decide(pdu, ORDINARY_FACTS, filters)), first);
    }
  });

  it('asks the test string first', () => {
    const filters = compileFilters(filterSettings.parse({ words: { words: ['gtube'] }, media: { refuse: ['image'] } }));
    assert.deepEqual(
      filters.map(({ filter }) => filter.name),
      ['test_string', 'words', 'mentions', 'media'],
    );
  });
});
