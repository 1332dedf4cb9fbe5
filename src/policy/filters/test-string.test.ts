import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evidenceOf, firstMatch } from '../../../tests/support/check-results.ts';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { TEST_STRING, testString } from './test-string.ts';

const check = checkOf(testString);

describe('test_string', () => {
  const found: readonly (readonly [string, Pdu, string])[] = [
    ['a message', messageOf({ body: `x ${TEST_STRING} y` }), 'content.body'],
    ['a formatted body', messageOf({ body: 'x', formatted_body: TEST_STRING }), 'content.formatted_body'],
    ['a topic', eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: TEST_STRING } }), 'content.topic'],
    ['a key', messageOf({ [TEST_STRING]: 1 }), `content.${TEST_STRING.replaceAll('.', '\\.')}`],
    ['a list', messageOf({ x: [{ y: TEST_STRING }] }), 'content.x.0.y'],
  ];
  for (const [what, pdu, path] of found) {
    it(`finds it in ${what}`, () => assert.deepEqual(firstMatch(judge(check, pdu)), [path, TEST_STRING]));
  }

  it('points at the string', () => {
    const body = `before ${TEST_STRING}`;
    const [evidence] = evidenceOf(judge(check, messageOf({ body })));
    assert.equal(body.slice(evidence?.span?.start, evidence?.span?.end), TEST_STRING);
  });

  it('points at no place in the value of a key that holds it', () => {
    const [evidence] = evidenceOf(judge(check, messageOf({ [TEST_STRING]: 'x' })));
    assert.equal(evidence?.span, undefined);
  });

  it('has nothing to say about anything else', () => {
    for (const body of ['', 'GTUBE', TEST_STRING.toLowerCase(), TEST_STRING.slice(1)]) {
      assert.equal(judge(check, messageOf({ body })).matched, 'no');
    }
  });
});
