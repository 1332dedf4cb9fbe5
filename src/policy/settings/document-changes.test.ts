import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changesBetween } from './document-changes.ts';

describe('changes between documents', () => {
  it('are told value by value, lists as a whole', () => {
    const before = { name: 'Cats', rooms: ['!a:b'], rules: { one: { mode: 'on', when: { words: {} } } }, gone: {} };
    const after = {
      name: 'Cats',
      rooms: ['!a:b', '!c:d'],
      rules: { one: { mode: 'off', when: { words: {} } }, two: { order: 1 } },
    };
    assert.deepEqual(changesBetween(before, after), [
      { path: 'rooms', old: ['!a:b'], new: ['!a:b', '!c:d'] },
      { path: 'rules.one.mode', old: 'on', new: 'off' },
      { path: 'rules.two.order', new: 1 },
      { path: 'gone', old: {} },
    ]);
    assert.deepEqual(changesBetween({ lists: { '!a:b.c': { trust: 'flag' } } }, undefined), [
      { path: 'lists["!a:b.c"].trust', old: 'flag' },
    ]);
  });

  it('are none between the same, in whatever order', () => {
    assert.deepEqual(changesBetween({ a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 }), []);
  });
});
