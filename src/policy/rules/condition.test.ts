import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventOf, factsWith, messageOf, ORDINARY_FACTS } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { EventReading } from '../reading/event-reading.ts';
import { compilePolicy, NO_EXEMPTIONS } from './compiled-policy.ts';
import { readCondition, type Truth } from './condition.ts';

const CONTEXT = { wordLists: new Map<string, readonly string[]>() };
const casino = { words: { words: ['casino'] } };
const free = { words: { words: ['free'] } };
const hello = messageOf({ body: 'hello' });

function truthOf(condition: unknown, pdu: Pdu, facts = ORDINARY_FACTS): Truth {
  const read = readCondition(condition, [], CONTEXT);
  assert.ok(read.ok, JSON.stringify(read));
  return read.condition(new EventReading(pdu), facts);
}

function errorsIn(condition: unknown): readonly string[] {
  const read = readCondition(condition, ['when'], CONTEXT);
  return read.ok ? [] : read.errors.map(({ path, message }) => `${path}: ${message}`);
}

describe('conditions', () => {
  const both = messageOf({ body: 'free casino' });
  const rows: readonly (readonly [string, unknown, Pdu, Truth['value']])[] = [
    ['a check that matches', casino, both, 'true'],
    ['a check that does not', casino, hello, 'false'],
    ['all', { all: [casino, free] }, both, 'true'],
    ['all but one', { all: [casino, { not: free }] }, both, 'false'],
    ['any', { any: [{ words: { words: ['x'] } }, free] }, both, 'true'],
    ['not any', { not: { any: [casino, free] } }, hello, 'true'],
    ['a score reached', score(5, [3, casino], [2, free]), both, 'true'],
    ['a score not reached', score(6, [3, casino], [2, free]), both, 'false'],
    ['nested', { all: [{ any: [{ all: [casino] }, { not: casino }] }] }, both, 'true'],
  ];
  for (const [what, condition, pdu, value] of rows) {
    it(`${what}: ${value}`, () => {
      assert.equal(truthOf(condition, pdu).value, value);
    });
  }

  it('give the evidence of all checks that matched, each with its name', () => {
    const truth = truthOf({ all: [casino, free] }, both);
    assert.ok(truth.value === 'true');
    assert.deepEqual(
      truth.evidence.map(({ check, matched }) => [check, matched]),
      [
        ['words', 'casino'],
        ['words', 'free'],
      ],
    );
  });

  it('say nothing of what encryption hides, not even by way of not', () => {
    const encrypted = eventOf({ type: 'm.room.encrypted', content: { ciphertext: 'x' } });
    for (const condition of [casino, { not: casino }, { all: [casino] }, { any: [{ not: casino }] }]) {
      assert.deepEqual(truthOf(condition, encrypted), { value: 'unknown', isPending: false, failures: [] });
    }
  });

  it('are read with all mistakes at once, each with its place and what was probably meant', () => {
    const wrong = { all: [{ wrods: {} }, { words: { words: 'x' } }, { any: [] }, { not: {} }, { a: 1, b: 2 }, 7] };
    const errors = errorsIn(wrong);
    assert.deepEqual(
      errors.map((text) => text.slice(0, text.indexOf(': '))),
      [
        'when.all[0].wrods',
        'when.all[1].words.words',
        'when.all[2].any',
        'when.all[3].not',
        'when.all[4]',
        'when.all[5]',
      ],
    );
    assert.match(errors[0] ?? '', /did you mean "words"/);
    assert.equal(errorsIn(score(0, [1, casino])).length, 1);
    assert.equal(errorsIn(score(1, [1, { wrods: {} }])).length, 1);
    assert.match(errors[4] ?? '', /found a and b: combine them with all or any/);
  });

  it('tell of mistakes in a score and of those within it at once', () => {
    const wrong = { score: { threshold: 0, of: [{ weight: 1 }, { weight: 1, when: { wrods: {} } }, 5] } };
    assert.deepEqual([...errorsIn(wrong)].sort(), [
      'when.score.of[0].when: is missing: expected a value',
      'when.score.of[1].when.wrods: no such check; did you mean "words"?',
      'when.score.of[2]: expected a section with keys, found 5',
      'when.score.threshold: expected a number of more than 0, found 0',
    ]);
  });

  it('are bounded in depth and number', () => {
    let deep: unknown = casino;
    for (let i = 0; i < 20; i += 1) deep = { not: deep };
    assert.match(errorsIn(deep)[0] ?? '', /nested/);
    for (const wide of [casino, { wrods: {} }, { any: [] }]) {
      const errors = errorsIn({ all: Array.from({ length: 5_000 }, () => wide) });
      assert.equal(errors.filter((error) => error.includes('1000 conditions at most')).length, 1);
      assert.ok(errors.length <= 1_000);
    }
    assert.deepEqual(errorsIn({ all: Array.from({ length: 999 }, () => casino) }), []);
  });
});

function score(threshold: number, ...parts: (readonly [number, unknown])[]): unknown {
  return { score: { threshold, of: parts.map(([weight, when]) => ({ weight, when })) } };
}

type Known = 'yes' | 'no' | 'unknown';

/** A condition over checks whose result is known, and what it is by Kleene's logic. */
const expression: fc.Arbitrary<{ condition: unknown; value: Known }> = fc.letrec<{
  tree: { condition: unknown; value: Known };
}>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<{ condition: unknown; value: Known }>(
      { condition: { words: { words: ['hello'] } }, value: 'yes' },
      { condition: { words: { words: ['absent'] } }, value: 'no' },
    ),
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }).map((parts) => ({
      condition: { all: parts.map(({ condition }) => condition) },
      value: parts.every(({ value }) => value === 'yes') ? ('yes' as const) : ('no' as const),
    })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }).map((parts) => ({
      condition: { any: parts.map(({ condition }) => condition) },
      value: parts.some(({ value }) => value === 'yes') ? ('yes' as const) : ('no' as const),
    })),
    tie('tree').map(({ condition, value }) => ({
      condition: { not: condition },
      value: value === 'yes' ? ('no' as const) : ('yes' as const),
    })),
  ),
})).tree;

it('compiled and interpreted conditions agree', () => {
  fc.assert(
    fc.property(expression, ({ condition, value }) => {
      assert.equal(truthOf(condition, hello).value, value === 'yes' ? 'true' : 'false');
    }),
  );
});

describe('exemptions', () => {
  const person = {
    firstSeenAt: 0,
    firstSeenInCommunityAt: Date.UTC(2025, 11, 1),
    joinedAt: null,
    wasInvited: false,
    messagesHere: 0,
    messagesInCommunity: 10,
  };
  const rows: readonly (readonly [string, object, ReturnType<typeof factsWith>, Truth['value']])[] = [
    ['nobody in particular', {}, ORDINARY_FACTS, 'true'],
    ['a moderator', {}, factsWith({}, { senderIsModerator: true }), 'false'],
    ['a moderator who is judged', { moderators: false }, factsWith({}, { senderIsModerator: true }), 'true'],
    ['a user by glob', { users: ['@*:home.test'] }, ORDINARY_FACTS, 'false'],
    ['a server by glob', { servers: ['home.*'] }, ORDINARY_FACTS, 'false'],
    ['a server in another case', { servers: ['HOME.test'] }, ORDINARY_FACTS, 'false'],
    ['another server', { servers: ['*.org'] }, ORDINARY_FACTS, 'true'],
    ['a power level', { power_level: 10 }, factsWith({}, { senderPowerLevel: 10 }), 'false'],
    ['less power', { power_level: 10 }, factsWith({}, { senderPowerLevel: 9 }), 'true'],
    ['one with history', { known_for: '7d', messages: 10 }, factsWith({ person }), 'false'],
    ['one with too few messages', { known_for: '7d', messages: 11 }, factsWith({ person }), 'true'],
    ['one too new', { known_for: '60d' }, factsWith({ person }), 'true'],
    ['one whose history cannot be read', { known_for: '60d' }, ORDINARY_FACTS, 'unknown'],
    ['everybody, where nobody is', { nobody: true, users: ['*'] }, ORDINARY_FACTS, 'true'],
  ];
  for (const [what, exempt, facts, value] of rows) {
    it(`${what}: ${value}`, () => {
      const rules = new Map([['rule', { when: { words: { words: ['hello'] } }, exempt }]]);
      const result = compilePolicy({ rules, exempt: NO_EXEMPTIONS, wordLists: new Map() }, 'f');
      assert.ok(result.ok, JSON.stringify(result));
      assert.equal(result.policy.rules[0]?.applies(new EventReading(hello), facts).value, value);
    });
  }

  it('of all rules count for those that do not judge everybody', () => {
    const when = { words: { words: ['hello'] } };
    const rules = new Map([
      ['usual', { when }],
      ['strict', { when, exempt: { nobody: true } }],
      ['off', { when, mode: 'off' }],
    ]);
    const result = compilePolicy({ rules, exempt: { servers: ['home.test'] }, wordLists: new Map() }, 'f');
    assert.ok(result.ok);
    const values = result.policy.rules.map(
      ({ name, applies }) => `${name} ${applies(new EventReading(hello), ORDINARY_FACTS).value}`,
    );
    assert.deepEqual(values, ['strict true', 'usual false']);
  });
});
