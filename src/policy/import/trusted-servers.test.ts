import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trustedServersIn } from './trusted-servers.ts';

const DIRECTORY = { 'a.example': ['@x:a.example'], 'b.example:8448': [], 'not a name': ['@y:z.example'] };
const FOUND = { servers: ['a.example', 'b.example:8448'], wrong: ['not a name'] };
const KEY = 'com.muninn-hall.member_directory';

describe('the directory of Muninn Hall', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['lines', '# of today\na.example\n\nb.example:8448  # twice\r\nb.example:8448\nnot a name\n'],
    ['the event', JSON.stringify({ type: 'm.room.message', content: { msgtype: 'm.notice', [KEY]: DIRECTORY } })],
    ['its content', JSON.stringify({ body: 'x', [KEY]: DIRECTORY })],
    ['what the API answers', JSON.stringify(DIRECTORY, undefined, 2)],
    ['a list', JSON.stringify(Object.keys(DIRECTORY))],
  ];
  for (const [what, text] of forms) it(`is read as ${what}`, () => assert.deepEqual(trustedServersIn(text), FOUND));

  it('is nothing else', () => {
    for (const text of ['{', '{"content":{"body":"x"}}', '{"a.example":"x"}', '[1]', '{"__proto__":{}}']) {
      assert.equal(trustedServersIn(text), undefined, text);
    }
    assert.deepEqual(trustedServersIn(''), { servers: [], wrong: [] });
  });
});
