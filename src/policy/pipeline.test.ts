import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, factsWith, messageOf, ORDINARY_FACTS } from '../../tests/support/policy-events.ts';
import type { Pdu } from '../protocol/events.ts';
import type { Facts } from './facts.ts';
import { isDeparture } from './facts.ts';
import { filterSettings, rulesOfFilters } from './filters/configured.ts';
import { TEST_STRING } from './filters/test-string.ts';
import { decide, type Decision } from './pipeline.ts';
import { EventReading } from './reading/event-reading.ts';
import { compilePolicy, NO_EXEMPTIONS, type CompiledRule } from './rules/compiled-policy.ts';
import type { Truth } from './rules/condition.ts';

const MODERATOR = factsWith({}, { senderPowerLevel: 50, senderIsModerator: true });
const message = messageOf({ body: 'hello' });

function ruleOf(name: string, truth: Truth, more: Partial<CompiledRule> = {}): CompiledRule {
  const usual = { action: 'refuse', mode: 'on', message: 'no', harms: ['h'], onFailure: undefined } as const;
  return { name, ...usual, applies: () => truth, ...more };
}

const NO: Truth = { value: 'false' };
const YES: Truth = { value: 'true', evidence: [{ path: 'p', note: 'n' }] };

function failed(means: 'skip' | 'refuse' | 'busy'): Truth {
  return { value: 'unknown', isPending: false, failures: [{ check: 'c', detail: 'broken', means }] };
}

function compiled(settings: unknown): readonly CompiledRule[] {
  const rules = rulesOfFilters(filterSettings.parse(settings));
  const result = compilePolicy({ rules, exempt: NO_EXEMPTIONS, wordLists: new Map() }, 'test');
  assert.ok(result.ok);
  return result.policy.rules;
}

function decideOn(pdu: Pdu, facts: Facts, rules: readonly CompiledRule[]): Decision {
  return decide(new EventReading(pdu), facts, rules);
}

function outcomeOf(decision: Decision): readonly [string, string?] {
  return decision.outcome === 'pending' ? ['pending'] : [decision.outcome, decision.decidedBy];
}

describe('decide', () => {
  it('lets the first rule that refuses or allows decide', () => {
    const allows = ruleOf('b', YES, { action: 'allow' });
    const refuses = ruleOf('c', YES);
    const record = { evidence: [{ path: 'p', note: 'n' }], flags: [], shadow: [] };
    assert.deepEqual(decideOn(message, ORDINARY_FACTS, [ruleOf('a', NO), refuses, allows]), {
      outcome: 'refuse',
      decidedBy: 'c',
      message: 'no',
      harms: ['h'],
      ...record,
    });
    assert.deepEqual(decideOn(message, ORDINARY_FACTS, [ruleOf('a', NO), allows, refuses]), {
      outcome: 'sign',
      decidedBy: 'b',
      ...record,
    });
    assert.deepEqual(outcomeOf(decideOn(message, ORDINARY_FACTS, [ruleOf('a', NO)])), ['sign', 'none']);
  });

  it('records flags, and what rules in shadow would have done before and after the decision', () => {
    const rules = [
      ruleOf('look', YES, { action: 'flag' }),
      ruleOf('early', YES, { mode: 'shadow' }),
      ruleOf('decides', YES),
      ruleOf('late', YES, { mode: 'shadow', action: 'flag' }),
      ruleOf('never', NO, { mode: 'shadow' }),
      ruleOf('too late', YES, { action: 'flag' }),
    ];
    const decision = decideOn(message, ORDINARY_FACTS, rules);
    assert.ok(decision.outcome === 'refuse');
    assert.equal(decision.decidedBy, 'decides');
    assert.deepEqual(
      decision.flags.map(({ rule }) => rule),
      ['look'],
    );
    assert.deepEqual(
      decision.shadow.map(({ rule, action }) => [rule, action]),
      [
        ['early', 'refuse'],
        ['late', 'flag'],
      ],
    );
  });

  it('does with a failed check what the check says, or else the rule', () => {
    const refuses = ruleOf('z', YES);
    assert.deepEqual(outcomeOf(decideOn(message, ORDINARY_FACTS, [ruleOf('a', failed('skip')), refuses])), [
      'refuse',
      'z',
    ]);
    const closed = decideOn(message, ORDINARY_FACTS, [ruleOf('a', failed('refuse'))]);
    assert.ok(closed.outcome === 'refuse' && closed.decidedBy === 'a');
    assert.match(closed.evidence[0]?.note ?? '', /c: broken/);
    const busy = { outcome: 'busy', decidedBy: 'a', detail: 'c: broken' };
    assert.deepEqual(decideOn(message, ORDINARY_FACTS, [ruleOf('a', failed('busy'))]), busy);
    assert.deepEqual(decideOn(message, ORDINARY_FACTS, [ruleOf('a', failed('skip'), { onFailure: 'busy' })]), busy);
    const shadow = ruleOf('a', failed('busy'), { mode: 'shadow' });
    assert.deepEqual(outcomeOf(decideOn(message, ORDINARY_FACTS, [shadow])), ['sign', 'none']);
  });

  it('tells of every check that failed, also of those that were skipped', () => {
    const rules = [
      ruleOf('a', failed('skip')),
      ruleOf('b', failed('busy'), { mode: 'shadow' }),
      ruleOf('c', failed('skip'), { onFailure: 'refuse' }),
      ruleOf('d', failed('busy')),
    ];
    const told: string[] = [];
    decide(
      new EventReading(message),
      ORDINARY_FACTS,
      rules,
      ({ check, meaning }) => void told.push(`${check}: ${meaning}`),
    );
    assert.deepEqual(told, ['c: skip', 'c: skip', 'c: refuse'], 'rules behind the one that decides are not asked');
  });

  it('waits for answers that a rule rests on', () => {
    const pending: Truth = { value: 'unknown', isPending: true, failures: [] };
    assert.deepEqual(outcomeOf(decideOn(message, ORDINARY_FACTS, [ruleOf('a', pending), ruleOf('b', YES)])), [
      'pending',
    ]);
    assert.deepEqual(outcomeOf(decideOn(message, ORDINARY_FACTS, [ruleOf('b', YES), ruleOf('a', pending)])), [
      'refuse',
      'b',
    ]);
  });

  it('exempts moderators from all but what judges everybody', () => {
    const rules = compiled({ words: { words: ['casino'] }, mentions: { max: 1 } });
    const casino = messageOf({ body: 'casino' });
    assert.deepEqual(outcomeOf(decideOn(casino, ORDINARY_FACTS, rules)), ['refuse', 'words']);
    assert.deepEqual(outcomeOf(decideOn(casino, MODERATOR, rules)), ['sign', 'moderator']);
    const test = decideOn(messageOf({ body: TEST_STRING }), MODERATOR, rules);
    assert.deepEqual(outcomeOf(test), ['refuse', 'test_string']);
  });

  it('decides as a moderator did about the same content, before any rule and after departures', () => {
    const rules = [ruleOf('a', YES, { action: 'allow' }), ruleOf('b', YES)];
    const decidedBefore = (action: 'allow' | 'refuse', pdu = message): readonly [string, string?] =>
      outcomeOf(decideOn(pdu, { ...ORDINARY_FACTS, precedent: { action, reference: 'REF' } }, rules));
    assert.deepEqual(decidedBefore('refuse'), ['refuse', 'precedent']);
    assert.deepEqual(decidedBefore('allow'), ['sign', 'precedent']);
    const quoted = decideOn(message, { ...MODERATOR, precedent: { action: 'refuse', reference: 'REF' } }, []);
    assert.deepEqual(outcomeOf(quoted), ['sign', 'moderator']);
    const leave = eventOf({ type: 'm.room.member', stateKey: '@a:home.test', content: { membership: 'leave' } });
    assert.deepEqual(decidedBefore('refuse', leave), ['sign', 'departure']);
  });

  it('signs departures and what concerns the bot, whatever rules say', () => {
    const rules = compiled({});
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
      const expected = departs ? ['sign', 'departure'] : ['refuse', 'test_string'];
      assert.deepEqual(outcomeOf(decideOn(pdu, ORDINARY_FACTS, rules)), expected);
      const about = decideOn(pdu, factsWith({}, { concernsBot: true }), rules);
      assert.deepEqual(outcomeOf(about), ['sign', 'bot_membership']);
    }
    const noState = eventOf({ type: 'm.room.member', content: { membership: 'leave', reason: TEST_STRING } });
    assert.equal(decideOn(noState, ORDINARY_FACTS, rules).outcome, 'refuse');
  });

  it('lets people take back what they said themselves', () => {
    const rules = compiled({});
    const redaction = eventOf({ type: 'm.room.redaction', content: { redacts: '$x', reason: TEST_STRING } });
    const own = factsWith({ redactionTarget: redaction.sender });
    assert.deepEqual(outcomeOf(decideOn(redaction, own, rules)), ['sign', 'own_redaction']);
    const others = factsWith({ redactionTarget: '@else:where.test' });
    assert.deepEqual(outcomeOf(decideOn(redaction, others, rules)), ['refuse', 'test_string']);
  });

  it('takes a redaction of what nobody knows here for one of one’s own, unless by those who may redact more', () => {
    const rules = compiled({});
    const redaction = eventOf({ type: 'm.room.redaction', content: { redacts: '$x', reason: TEST_STRING } });
    const unknown = { redactionTarget: null };
    assert.deepEqual(outcomeOf(decideOn(redaction, factsWith(unknown), rules)), ['sign', 'own_redaction']);
    assert.deepEqual(outcomeOf(decideOn(redaction, factsWith(), rules)), ['sign', 'own_redaction'], 'it failed');
    const moderator = factsWith(unknown, { senderIsModerator: true });
    assert.deepEqual(outcomeOf(decideOn(redaction, moderator, rules)), ['refuse', 'test_string']);
    const ofNothing = eventOf({ type: 'm.room.redaction', content: { reason: TEST_STRING } });
    assert.deepEqual(outcomeOf(decideOn(ofNothing, factsWith(unknown), rules)), ['refuse', 'test_string']);
  });

  it('decides the same on the same facts, byte for byte', () => {
    const rules = compiled({ words: { words: ['casino', 'scam*'] } });
    for (const body of ['casino and scams', 'hello', TEST_STRING]) {
      const pdu = messageOf({ body, formatted_body: `<b>${body}</b>` });
      const first = JSON.stringify(decideOn(pdu, ORDINARY_FACTS, rules));
      for (let i = 0; i < 5; i += 1) assert.equal(JSON.stringify(decideOn(pdu, ORDINARY_FACTS, rules)), first);
    }
  });

  it('asks the test string first', () => {
    assert.deepEqual(
      compiled({ words: { words: ['gtube'] }, media: { refuse: ['image'] } }).map(({ name }) => name),
      ['test_string', 'words', 'mentions', 'media'],
    );
  });
});
