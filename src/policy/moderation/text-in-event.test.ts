import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { excerptOf, textAt } from './text-in-event.ts';

describe('the text that evidence points to', () => {
  const event = { content: { body: 'hello', 'm.text': [{ body: 'a' }, { body: 'b' }], 'a\\b': 'c', n: 1 } };

  it('is found by its path, dots in keys escaped', () => {
    const cases: readonly (readonly [string, string | undefined])[] = [
      ['content.body', 'hello'],
      ['content.m\\.text.1.body', 'b'],
      ['content.a\\\\b', 'c'],
      ['content.n', undefined],
      ['content', undefined],
      ['content.none.body', undefined],
      ['content.__proto__.constructor', undefined],
      ['content.m\\.text.constructor', undefined],
      ['', undefined],
    ];
    for (const [path, text] of cases) assert.equal(textAt(event, path), text, path);
  });

  it('is shown with what stands around it, whole characters only', () => {
    assert.deepEqual(excerptOf('buy spam here', { start: 4, end: 8 }), {
      ...{ before: 'buy ', matched: 'spam', after: ' here' },
    });
    const long = excerptOf(`${'x'.repeat(100)}spam${'😀'.repeat(50)}`, { start: 100, end: 104 });
    assert.deepEqual([long?.before.length, long?.matched, long?.after.at(-1)], [61, 'spam', '…']);
    assert.ok(excerptOf(`${'😀'.repeat(40)}x`, { start: 80, end: 81 })?.before.isWellFormed());
    const all = excerptOf('y'.repeat(500), { start: 0, end: 500 });
    assert.deepEqual([all?.before, all?.matched.length, all?.after], ['', 201, '']);
    for (const span of [
      { start: 3, end: 2 },
      { start: -1, end: 2 },
      { start: 0, end: 6 },
    ]) {
      assert.equal(excerptOf('hello', span), undefined);
    }
  });
});
