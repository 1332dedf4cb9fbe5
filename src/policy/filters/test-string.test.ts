import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { Pdu } from '../../protocol/events.ts';
import { TEST_STRING, testString } from './test-string.ts';

const check = testString.compile({});

describe('test_string', () => {
  const refused: readonly (readonly [string, Pdu, string])[] = [
    ['a message', messageOf({ body: `x ${TEST_STRING} y` }), 'content.body'],
    ['a formatted body', messageOf({ body: 'x', formatted_body: TEST_STRING }), 'content.formatted_body'],
    ['a topic', eventOf({ type: 'm.room.topic', stateKey: '', content: { topic: TEST_STRING } }), 'content.topic'],
    ['a key', messageOf({ [TEST_STRING]: 1 }), `content.${TEST_STRING.replaceAll('.', '\\.')}`],
    ['a list', messageOf({ x: [{ y: TEST_STRING }] }), 'content.x.0.y'],
  ];
  for (const [what, pdu, path] of refused) {
    it(`refuses ${what} that holds it`, () => {
      const result = judge(check, pdu);
      assert.equal(result.verdict, 'refuse');
      const [evidence] = result.evidence;
      assert.deepEqual([evidence?.path, evidence?.matched], [path, TEST_STRING]);
      assert.deepEqual(result.harms, ['org.matrix.msc4456.spam']);
    });
  }

  it('points at the string', () => {
    const body = `before ${TEST_STRING}`;
    const result = judge(check, messageOf({ body }));
    assert.ok(result.verdict === 'refuse');
    const span = result.evidence[0]?.span;
    assert.equal(body.slice(span?.start, span?.end), TEST_STRING);
  });

  it('has nothing to say about anything else', () => {
    for (const body of ['', 'GTUBE', TEST_STRING.toLowerCase(), TEST_STRING.slice(1)]) {
      assert.equal(judge(check, messageOf({ body })).verdict, 'neutral');
    }
  });

  it('judges moderators too', () => assert.ok(testString.judgesModerators));
});
