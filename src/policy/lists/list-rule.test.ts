import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject, parseJson, type JsonObject } from '../../protocol/json.ts';
import { eventOf } from '../../../tests/support/policy-events.ts';
import { readListRule, ruleAt } from './list-rule.ts';
import { sha256 } from './entity.ts';

function read(type: string, content: string): ReturnType<typeof readListRule> {
  return readListRule(eventOf({ type, stateKey: 'rule', content: json(content) }));
}

function json(text: string): JsonObject {
  const parsed = parseJson(text);
  assert.ok(parsed.ok && isJsonObject(parsed.value));
  return parsed.value;
}

const BAN = '{"entity":"@bad:evil.test","recommendation":"m.ban","reason":"spam"}';

for (const [type, kind] of [
  ['m.policy.rule.user', 'user'],
  ['m.policy.rule.server', 'server'],
  ['m.policy.rule.room', 'room'],
  ['m.room.rule.user', 'user'],
  ['org.matrix.mjolnir.rule.server', 'server'],
] as const) {
  test(`${type} holds a rule about a ${kind}`, () => {
    const rule = read(type, BAN);
    assert.equal(rule?.kind, kind);
    assert.equal(rule.entity, '@bad:evil.test');
    assert.equal(rule.recommendation, 'ban');
    assert.equal(rule.reason, 'spam');
  });
}

for (const [written, recommendation] of [
  ['m.ban', 'ban'],
  ['org.matrix.mjolnir.ban', 'ban'],
  ['m.takedown', 'takedown'],
  ['org.matrix.msc4204.takedown', 'takedown'],
  ['fi.mau.meowlnir.unban', 'unban'],
  ['m.allow', undefined],
  ['org.matrix.mjolnir.allow', undefined],
  ['m.unknown', undefined],
  ['__proto__', undefined],
] as const) {
  test(`the recommendation ${written} is ${recommendation ?? 'none that is known'}`, () => {
    const rule = read('m.policy.rule.user', JSON.stringify({ entity: '@a:b', recommendation: written }));
    assert.equal(rule?.recommendation, recommendation);
  });
}

const digest = Buffer.from(sha256('@bad:evil.test'), 'hex');
for (const [name, key, text] of [
  ['padded', 'hashes', digest.toString('base64')],
  ['unpadded', 'hashes', digest.toString('base64').replace('=', '')],
  ['URL-safe', 'hashes', digest.toString('base64url')],
  ['unstable', 'org.matrix.msc4205.hashes', digest.toString('base64')],
] as const) {
  test(`a hashed entity is read: ${name}`, () => {
    const rule = read(
      'm.policy.rule.user',
      JSON.stringify({ recommendation: 'm.takedown', [key]: { sha256: text }, reason: '' }),
    );
    assert.equal(rule?.sha256, sha256('@bad:evil.test'));
    assert.match(rule.entity, /^sha256:/);
  });
}

const HOSTILE = [
  '{}',
  '{"entity":"@a:b"}',
  '{"recommendation":"m.ban"}',
  '{"entity":"","recommendation":"m.ban"}',
  '{"entity":17,"recommendation":"m.ban"}',
  '{"entity":["@a:b"],"recommendation":"m.ban"}',
  '{"entity":"@a:b","recommendation":{"__proto__":"m.ban"}}',
  '{"__proto__":{"entity":"@a:b","recommendation":"m.ban"}}',
  '{"recommendation":"m.ban","hashes":{"sha256":"short"}}',
  '{"recommendation":"m.ban","hashes":{"sha256":{}}}',
  '{"recommendation":"m.ban","hashes":[]}',
  `{"recommendation":"m.ban","hashes":{"sha256":"${'A'.repeat(5000)}"}}`,
  `{"recommendation":"m.ban","entity":"${'*'.repeat(5000)}"}`,
];
for (const content of HOSTILE) {
  test(`no rule: ${content.slice(0, 70)}`, () => {
    assert.equal(read('m.policy.rule.user', content), undefined);
  });
}

test('a reason that is none is left out, the rule is read', () => {
  const rule = read('m.policy.rule.user', '{"entity":"@a:b","recommendation":"m.ban","reason":{"a":1}}');
  assert.ok(rule);
  assert.equal(rule.reason, undefined);
});

test('an event of a newer type stands for the rule, even where it is empty', () => {
  const events = [
    eventOf({ type: 'org.matrix.mjolnir.rule.user', stateKey: 'k', content: json(BAN) }),
    eventOf({ type: 'm.policy.rule.user', stateKey: 'k', content: {} }),
  ];
  const stateEvent = (type: string): (typeof events)[number] | undefined => events.find((pdu) => pdu.type === type);
  assert.equal(ruleAt({ stateEvent }, 'user', 'k'), undefined);
  events.pop();
  assert.equal(ruleAt({ stateEvent }, 'user', 'k')?.entity, '@bad:evil.test');
});
