import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileGlob } from '../../protocol/glob.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { parseEventId } from '../../protocol/ids/event-id.ts';
import { compileEntityGlob } from './entity-glob.ts';
import type { ListKind, ListRule } from './list-rule.ts';
import { entityOf, ListMatcher, ruleMatches, sha256 } from './matcher.ts';

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
