import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileGlob } from '../../protocol/glob.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { parseEventId } from '../../protocol/ids/event-id.ts';
import { compileEntityGlob } from './entity-glob.ts';
import type { ListKind, ListRule } from './list-rule.ts';
import { entityOf, sha256 } from './entity.ts';
import { ListMatcher, MAX_RULES, ruleMatches } from './matcher.ts';
import { MAX_CROWDED } from './rule-index.ts';

function eventId(index: number): EventId {
  const id = parseEventId(`$rule${String(index)}:list.test`);
  assert.ok(id);
  return id;
}

function rule(kind: ListKind, entity: string, index = 0): ListRule {
  const sha = /^[0-9a-f]{64}$/.test(entity) ? entity : undefined;
  return {
    ...{ kind, entity, sha256: sha, eventId: eventId(index), stateKey: String(index) },
    ...{ recommendation: 'ban', reason: undefined },
  };
}

function listOf(...rules: ListRule[]): ListMatcher {
  const matcher = new ListMatcher();
  rules.forEach((one, index) => {
    matcher.set(one.kind, String(index), one);
  });
  return matcher;
}

const CASES: readonly (readonly [ListKind, string, string, boolean])[] = [
  ['user', '@bad:evil.test', '@bad:evil.test', true],
  ['user', '@bad:evil.test', '@bad2:evil.test', false],
  ['user', '@Bad:evil.test', '@bad:evil.test', false],
  ['user', '@bad:evil.test', '@bad:Evil.Test', true],
  ['user', '@*:evil.test', '@anybody:evil.test', true],
  ['user', '@*:evil.test', '@anybody:evil.test:8448', false],
  ['user', '*:8448', '@a:evil.test:8448', true],
  ['user', '@spam*:*', '@spammer:any.test', true],
  ['user', '*spam*', '@not-spam-at-all:any.test', true],
  ['user', '@a?:*', '@ab:any.test', true],
  ['user', '@a?:*', '@abc:any.test', false],
  ['user', '*', '@a:b', true],
  ['user', sha256('@bad:evil.test'), '@bad:evil.test', true],
  ['user', sha256('@bad:evil.test'), '@good:evil.test', false],
  ['server', 'evil.test', 'evil.test', true],
  ['server', 'evil.test', 'evil.test:8448', true],
  ['server', 'Evil.Test', 'eVIL.tEST', true],
  ['server', 'evil.test:8448', 'evil.test', false],
  ['server', '*.evil.test', 'a.evil.test', true],
  ['server', '*.evil.test', 'evil.test', false],
  ['server', sha256('evil.test'), 'evil.test:8448', true],
  ['server', '[::1]', '[::1]:8448', true],
  ['room', '!bad:evil.test', '!bad:evil.test', true],
  ['room', '#*:evil.test', '#spam:evil.test', true],
];

for (const [kind, entity, text, expected] of CASES) {
  test(`${kind} rule ${entity} ${expected ? 'is' : 'is not'} about ${text}`, () => {
    const matcher = listOf(rule(kind, entity));
    assert.equal(matcher.match(entityOf(kind, text)).length > 0, expected);
    assert.equal(ruleMatches(rule(kind, entity), entityOf(kind, text)), expected);
  });
}

const letters = fc.constantFrom('a', 'b', 's', 'p', '.', '-', '1', '😀');
const piece = fc.array(letters, { maxLength: 6 }).map((list) => list.join(''));
const server = fc.constantFrom('a.b', 'bb', 'p.s:1', 'A.b', '[::1]', 'a.b.a.b');
const userId = fc.tuple(piece, server).map(([name, at]) => `@${name}:${at}`);
const globText = fc
  .array(fc.oneof(piece, fc.constantFrom('*', '?', '@', ':', '**', '*?')), { minLength: 1, maxLength: 8 })
  .map((list) => list.join(''))
  .filter((text) => text !== '');
const entityText = fc.oneof(
  globText,
  userId,
  fc.tuple(globText, server).map(([name, at]) => `${name}:${at}`),
  userId.map(sha256),
);

test('globs made for many agree with the glob of the text', () => {
  fc.assert(
    fc.property(globText, fc.oneof(userId, piece), (glob, text) => {
      assert.equal(compileEntityGlob(glob).matches(text), compileGlob(glob, { ignoreCase: false })(text));
    }),
  );
});

test('a compiled list and its rules one by one agree', () => {
  fc.assert(
    fc.property(fc.array(entityText, { maxLength: 40 }), userId, fc.array(fc.nat(39)), (entities, text, removed) => {
      const rules = entities.map((entity, index) => rule('user', entity, index));
      const matcher = listOf(...rules);
      const check = (left: readonly ListRule[]): void => {
        const entity = entityOf('user', text);
        const expected = left.filter((one) => ruleMatches(one, entity)).map((one) => one.eventId);
        assert.deepEqual(new Set(matcher.match(entity).map((one) => one.eventId)), new Set(expected));
      };
      check(rules);
      for (const index of removed) matcher.set('user', String(index), undefined);
      check(rules.filter((_, index) => !removed.includes(index)));
    }),
  );
});

test('a rule in the place of another takes effect at once', () => {
  const matcher = listOf(rule('user', '@*:evil.test'));
  const entity = entityOf('user', '@a:evil.test');
  assert.equal(matcher.match(entity).length, 1);
  matcher.set('user', '0', rule('user', '@*:other.test'));
  assert.equal(matcher.match(entity).length, 0);
  assert.equal(matcher.match(entityOf('user', '@a:other.test')).length, 1);
  assert.equal(matcher.count('user'), 1);
});

test('globs that would be tried for every event count up to a limit, and others move up', () => {
  const matcher = new ListMatcher();
  const count = MAX_CROWDED + 500;
  for (let n = 0; n < count; n += 1) matcher.set('user', String(n), rule('user', `*${pairOf(n)}*`, n));
  assert.equal(matcher.leftOut, 500);
  assert.equal(matcher.count('user'), count);
  assert.equal(matcher.match(entityOf('user', '@nobody:b')).length, 0);
  assert.ok(matcher.work.tried <= MAX_CROWDED);
  const last = entityOf('user', `@${pairOf(count - 500).replaceAll('*', '')}:b`);
  assert.equal(matcher.match(last).length, 0);
  matcher.set('user', '0', undefined);
  assert.equal(matcher.leftOut, 499);
  assert.equal(matcher.match(last).length, 1);
});

/** Two characters that nobody has, with something between them: nothing to look for. */
function pairOf(n: number): string {
  return `${String.fromCharCode(0x3000 + (n % 300))}*${String.fromCharCode(0x4000 + Math.floor(n / 300))}`;
}

test('globs that share all they have to look for are crowded too', () => {
  const matcher = new ListMatcher();
  for (let n = 0; n < 5_000; n += 1) {
    matcher.set('server', String(n), rule('server', `*.com${'?'.repeat(n % 200)}*${pairOf(n)}`, n));
  }
  assert.ok(matcher.leftOut >= 2_900);
  matcher.match(entityOf('server', 'evil.com'));
  assert.ok(matcher.work.tried <= MAX_CROWDED + 2 * 16);
});

test('one name in many rules costs no more than in one', () => {
  const matcher = new ListMatcher();
  for (let n = 0; n < 20_000; n += 1) matcher.set('user', String(n), rule('user', '@bad:b', n));
  for (let n = 0; n < 20_000; n += 1) matcher.set('user', `glob ${String(n)}`, rule('user', '@ba*:b', n));
  const unban = { ...rule('user', '@bad:b', 20_001), recommendation: 'unban' as const };
  matcher.set('user', 'unban', unban);
  const found = matcher.match(entityOf('user', '@bad:b'));
  assert.ok(found.length <= 10 && found.includes(unban));
  assert.equal(matcher.work.tried, 1);
  for (let n = 0; n < 20_000; n += 1) matcher.set('user', String(n), undefined);
  assert.equal(matcher.match(entityOf('user', '@bad:b')).filter((one) => one.entity === '@bad:b').length, 1);
});

test('rules beyond the limit of a list are left out until others go', () => {
  const matcher = new ListMatcher();
  for (let n = 0; n < MAX_RULES + 10; n += 1) matcher.set('user', String(n), rule('user', `@u${String(n)}:b`, n));
  assert.equal(matcher.leftOut, 10);
  const last = entityOf('user', `@u${String(MAX_RULES + 9)}:b`);
  assert.equal(matcher.match(last).length, 0);
  for (let n = 0; n < 10; n += 1) matcher.set('user', String(n), undefined);
  assert.equal(matcher.leftOut, 0);
  assert.equal(matcher.match(last).length, 1);
});

test('what is longer than any id is on no list', () => {
  const matcher = listOf(rule('room', '*'));
  assert.equal(matcher.match(entityOf('room', `!${'a'.repeat(60_000)}:b`)).length, 0);
  assert.equal(matcher.work.looked, 0);
});

test('a literal that is as long as a rule may be is compiled at once', () => {
  const start = process.cpuUsage().user;
  const matcher = new ListMatcher();
  for (let n = 0; n < 2_000; n += 1) {
    matcher.set('user', String(n), rule('user', `@${String(n)}${'a'.repeat(500)}*`, n));
  }
  assert.ok(process.cpuUsage().user - start < 2_000_000);
});
