import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { filterNamed } from './registry.ts';

const filter = filterNamed('policy_list');
assert.ok(filter);
const MATCH = {
  list: '!list:example.org',
  ruleEventId: '$rule',
  kind: 'user',
  entity: '@spam*:*',
  recommendation: 'takedown',
  reason: 'spam',
  about: '@spammer:home.test',
  path: 'sender',
} as const;

test('says which rule of which list it was', () => {
  const result = judge(checkOf(filter), messageOf({ body: 'hello' }), factsWith({ list: MATCH }));
  assert.deepEqual(result, {
    matched: 'yes',
    evidence: [
      {
        path: 'sender',
        matched: '@spammer:home.test',
        note: 'takedown of user "@spam*:*" in policy list !list:example.org: spam',
      },
    ],
  });
});

test('does not match where no list says anything', () => {
  assert.equal(judge(checkOf(filter), messageOf({ body: 'hello' }), factsWith({ list: null })).matched, 'no');
});

test('fails where lists cannot be read', () => {
  assert.equal(judge(checkOf(filter), messageOf({ body: 'hello' }), factsWith()).matched, 'failed');
});

for (const settings of [{ trust: 'notify' }, { lists: ['#alias:example.org'] }, { lists: [] }, { kind: 'user' }]) {
  test(`settings that are wrong: ${JSON.stringify(settings)}`, () => {
    assert.throws(() => checkOf(filter, settings));
  });
}

test('rules that ask the same ask once', () => {
  const keys = new Set<string>();
  const facts = factsWith({ list: null });
  const noting: typeof facts = {
    ...facts,
    ask: (type, question) => {
      keys.add(question.key);
      return facts.ask(type, question);
    },
  };
  for (const settings of [{}, { trust: 'enforce' }, { trust: 'flag' }, { kinds: ['user'] }]) {
    judge(checkOf(filter, settings), messageOf({ body: 'hello' }), noting);
  }
  assert.equal(keys.size, 3);
});
