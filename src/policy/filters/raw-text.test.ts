import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { rawText } from './raw-text.ts';

type Row = readonly [
  settings: object,
  content: JsonObject,
  result: readonly [path: string | undefined, matched: string | undefined] | string,
];

const ROWS: readonly Row[] = [
  [{ contains: ['bad'] }, { body: 'so bad' }, ['content.body', 'bad']],
  [{ contains: ['bad'] }, { body: 'so Bad' }, 'no'],
  [{ contains: ['bad'], steps: ['lower_case'] }, { body: 'so BaD' }, ['content.body', 'BaD']],
  [
    { contains: ['BAD'], steps: ['upper_case'] },
    { body: 'x', formatted_body: '<b>bad</b>' },
    ['content.formatted_body', 'bad'],
  ],
  [{ contains: ['bad'] }, { body: 'x', formatted_body: 'b<b>ad</b>' }, 'no'],
  [{ contains: ['a b'] }, { body: 'a', formatted_body: 'b' }, ['content', undefined]],
  [{ contains: ['a '] }, { body: 'a' }, ['content', undefined]],
  [{ contains: ['STRASSE'], steps: ['upper_case'] }, { body: 'straße' }, 'no'],
  [{ contains: ['ÄÖ'], steps: ['upper_case'] }, { body: 'äö' }, ['content.body', 'äö']],
  [{ words: ['bad'] }, { body: 'so bad' }, ['content.body', 'bad']],
  [{ words: ['bad'] }, { body: 'so bad, so' }, 'no'],
  [{ words: ['bad'], steps: ['remove_punctuation'] }, { body: 'so b-a-d, so' }, ['content.body', undefined]],
  [{ words: ['bad'] }, { body: 'so\nbad\tso' }, ['content.body', 'bad']],
  [{ words: ['bad'] }, { body: 'so\u00a0bad' }, 'no'],
  [{ contains: ['bad'] }, { body: 7 }, 'failed'],
  [{ contains: ['bad'] }, { 'm.new_content': { body: 'bad' } }, 'no'],
  [{ contains: ['"org.example"'], whole_event: true }, { 'org.example': 1 }, ['', undefined]],
];

describe('raw_text', () => {
  for (const [settings, content, result] of ROWS) {
    it(`${JSON.stringify(settings)}: ${JSON.stringify(content)}`, () => {
      assert.deepEqual(firstMatch(judge(checkOf(rawText, settings), messageOf(content))), result);
    });
  }

  it('wants something to look for', () => {
    assert.throws(() => checkOf(rawText, {}), /expected contains or words/);
  });
});
