import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evidenceOf, firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { Evidence } from '../verdict.ts';
import { rawContent } from './raw-content.ts';

type Row = readonly [
  settings: object,
  content: JsonObject,
  expected: readonly [string, string | undefined] | undefined,
];

const rows: readonly Row[] = [
  [{ contains: ['spam'] }, { body: 'a spam b' }, ['content.body', 'spam']],
  [{ contains: ['spam'] }, { body: 'Spam' }, undefined],
  [{ contains: ['SPAM'], case_sensitive: false }, { body: 'Spam' }, ['content.body', 'Spam']],
  [{ contains: ['spam'] }, { 'x.spam': 1 }, ['content.x\\.spam', 'spam']],
  [{ contains: ['"x":1'] }, { x: 1 }, ['content', undefined]],
  [{ contains: ['\\"x\\"'] }, { body: '"x"' }, ['content', undefined]],
  [{ contains: ['@alice'] }, { body: 'hello' }, undefined],
  [{ contains: ['home.test'], whole_event: true }, { body: 'hello' }, ['', undefined]],
  [{ contains: ['no', 'hello'] }, { body: 'hello' }, ['content.body', 'hello']],
];

describe('raw_content', () => {
  for (const [settings, content, expected] of rows) {
    it(`${JSON.stringify(settings)} of ${JSON.stringify(content)}`, () => {
      assert.deepEqual(firstMatch(judge(checkOf(rawContent, settings), messageOf(content))), expected ?? 'no');
    });
  }

  it('points at places of values, not of keys', () => {
    const spanIn = (content: JsonObject): Evidence['span'] =>
      evidenceOf(judge(checkOf(rawContent, { contains: ['spam'] }), messageOf(content)))[0]?.span;
    assert.deepEqual(spanIn({ body: 'a spam' }), { start: 2, end: 6 });
    assert.equal(spanIn({ 'a spam': 'x' }), undefined);
  });
});
