import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileEffective, fingerprintOf, mergeLayers, originOf, type Layer } from './effective-settings.ts';

const WHEN = { words: { words: ['spam'] } };

const built: Layer = {
  origin: 'built-in',
  document: { rules: { spam: { when: WHEN, message: 'No spam.', order: 20 } } },
};
const community: Layer = {
  origin: 'community/cats',
  document: {
    preset: 'public',
    rules: { spam: { message: 'Please no spam.' }, lost: { mode: 'off' } },
    exempt: { users: ['@a:*', '@b:*'], power_level: 50, known_for: '7d' },
    word_lists: { bad: ['one'], good: ['two'] },
    lists: { '!list:a.example': { trust: 'enforce', limit: 5 } },
  },
};
const room: Layer = {
  origin: 'room/!a:b',
  document: {
    rules: { spam: { mode: 'shadow' } },
    exempt: { users: ['@b:*', '@c:*'], power_level: 10 },
    word_lists: { bad: ['three'] },
    lists: { '!list:a.example': { trust: 'flag' } },
  },
};

describe('effective settings', () => {
  const merged = mergeLayers([built, community, room]);
  const origin = (path: string): string | undefined => merged.origins.get(path);

  it('take each field of a rule from the nearest layer that has it', () => {
    assert.deepEqual(merged.document.rules['spam'], {
      when: WHEN,
      message: 'Please no spam.',
      order: 20,
      mode: 'shadow',
    });
    const origins = ['when', 'message', 'mode'].map((field) => origin(`rules.spam.${field}`));
    assert.deepEqual(origins, ['built-in', 'community/cats', 'room/!a:b']);
  });

  it('leave out rules that change none, and say so', () => {
    assert.equal('lost' in merged.document.rules, false);
    assert.deepEqual(merged.withoutEffect, [{ origin: 'community/cats', rule: 'lost' }]);
  });

  it('add exempt users up, and take single values from the nearest', () => {
    const { users, power_level: level, known_for: knownFor } = merged.document.exempt;
    assert.deepEqual([users, level, knownFor], [['@a:*', '@b:*', '@c:*'], 10, '7d']);
    assert.equal(origin('exempt.users[1]'), 'community/cats');
    assert.equal(origin('exempt.users[2]'), 'room/!a:b');
    assert.equal(origin('exempt.power_level'), 'room/!a:b');
    assert.equal(origin('exempt.known_for'), 'community/cats');
  });

  it('switch a list off in one layer, and say which', () => {
    const off: Layer = { origin: 'room/!a:b', document: { lists: { '!list:a.example': { trust: 'off' } } } };
    const without = mergeLayers([built, community, off]);
    assert.deepEqual(without.document.lists['!list:a.example'], { trust: 'off', limit: 5 });
    assert.equal(without.origins.get('lists["!list:a.example"].trust'), 'room/!a:b');
    assert.equal('policy_lists' in without.document.rules, false, 'no list, no rules for lists');
    const back: Layer = { origin: 'room/!a:b', document: { lists: { '!list:a.example': { trust: 'flag' } } } };
    assert.equal(
      'policy_lists' in mergeLayers([built, community, { ...off, origin: 'space/!s:b' }, back]).document.rules,
      true,
    );
  });

  it('add overrides of rules of lists up, the nearest of each rule', () => {
    const list = '!list:a.example';
    const far: Layer = {
      origin: 'community/cats',
      document: { lists: { [list]: { overrides: { a: 'ignore', b: 'flag' } } } },
    };
    const near: Layer = {
      origin: 'room/!a:b',
      document: { lists: { [list]: { overrides: { b: 'none', c: 'enforce' } } } },
    };
    const both = mergeLayers([built, far, near, { origin: 'draft', document: { lists: { [list]: { limit: 1 } } } }]);
    assert.deepEqual(both.document.lists[list]?.['overrides'], { a: 'ignore', b: 'none', c: 'enforce' });
    const origins = ['a', 'b', 'c'].map((rule) => both.origins.get(`lists["${list}"].overrides.${rule}`));
    assert.deepEqual(origins, ['community/cats', 'room/!a:b', 'room/!a:b']);
  });

  it('replace lists of words by name, and change subscriptions field by field', () => {
    assert.deepEqual(merged.document.word_lists, { bad: ['three'], good: ['two'] });
    assert.equal(origin('word_lists.bad'), 'room/!a:b');
    assert.deepEqual(merged.document.lists['!list:a.example'], { trust: 'flag', limit: 5 });
    assert.equal(origin('lists["!list:a.example"].limit'), 'community/cats');
  });

  it('begin with the preset of the nearest layer that names one', () => {
    assert.deepEqual(merged.preset, { name: 'public', origin: 'community/cats' });
    assert.ok([...merged.origins.values()].includes('preset/public'));
    const without = mergeLayers([community, { origin: 'room/!a:b', document: { preset: 'none' } }]);
    assert.equal(without.preset, undefined);
    assert.equal([...without.origins.values()].includes('preset/public'), false);
  });

  it('know where a value deep inside comes from', () => {
    assert.equal(originOf(merged, 'rules.spam.when.words.words[0]'), 'built-in');
    assert.equal(originOf(merged, 'rules.spam.mode'), 'room/!a:b');
    assert.equal(originOf(merged, 'rules.nothing.mode'), undefined);
    assert.equal(originOf(merged, 'lists["!list:a.example"].trust'), 'room/!a:b');
  });

  it('compile, and have the same fingerprint whenever they are the same', () => {
    const { fingerprint } = fingerprintOf(merged.document);
    assert.match(fingerprint, /^[0-9a-f]{12}$/);
    const swapped = { ...merged.document, rules: Object.fromEntries(Object.entries(merged.document.rules).reverse()) };
    assert.equal(fingerprintOf(swapped).fingerprint, fingerprint);
    const compiled = compileEffective(merged.document, fingerprint);
    assert.ok(compiled.ok, JSON.stringify(compiled));
    assert.equal(compiled.policy.rules.find(({ name }) => name === 'spam')?.mode, 'shadow');
  });
});
