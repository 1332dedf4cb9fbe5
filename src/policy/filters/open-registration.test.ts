import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { userIdOf } from '../../../tests/support/room-builder.ts';
import type { RegistrationAnswer } from '../answers.ts';
import type { Facts } from '../facts.ts';
import type { Asked } from '../questions.ts';
import { EventReading } from '../reading/event-reading.ts';
import { recordedAnswer } from '../replay/facts-from-record.ts';
import { openRegistration } from './open-registration.ts';

const check = checkOf(openRegistration);
const OPEN: RegistrationAnswer = { isOpen: true, address: 'https://m.open.example' };

const member = (stateKey: string, membership = 'invite') =>
  eventOf({ type: 'm.room.member', sender: userIdOf('@alice:home.test'), stateKey, content: { membership } });

/** Facts that keep about which server was asked. */
function listening(asked: string[], answer: Asked<RegistrationAnswer>): Facts {
  return {
    ...factsWith(),
    ask: (type, question) => {
      asked.push(`${type} ${question.key}`);
      const record = answer.state === 'known' ? answer.value : { failed: 'it is down' };
      const key = question.key;
      return recordedAnswer([{ question: 'registration', key, answer: record }], type, key) ?? { state: 'pending' };
    },
  };
}

describe('open_registration', () => {
  const known: Asked<RegistrationAnswer> = { state: 'known', value: OPEN };

  it('asks about the server of who joins, who is invited, or who sends', () => {
    const asked: string[] = [];
    const facts = listening(asked, known);
    const results = [
      check(new EventReading(member('@m:open.example')), facts),
      check(new EventReading(member('@m:other.example:8448', 'join')), facts),
      check(new EventReading(member('nobody')), facts),
      check(new EventReading(messageOf({ body: 'x' })), facts),
    ];
    const home = messageOf({ body: 'x' }).sender.replace(/^[^:]*:/, '');
    assert.deepEqual(asked, [
      'registration open.example',
      'registration other.example:8448',
      'registration home.test',
      `registration ${home}`,
    ]);
    assert.deepEqual(
      results.map((result) => result.matched === 'yes' && result.evidence[0]?.path),
      ['state_key', 'state_key', 'sender', 'sender'],
    );
  });

  it('matches nothing while it is not known', () => {
    const join = member('@m:open.example', 'join');
    assert.equal(judge(check, join, factsWith({ registration: { ...OPEN, isOpen: false } })).matched, 'no');
    const failed = check(new EventReading(join), listening([], { state: 'failed', detail: 'it is down' }));
    assert.deepEqual(failed, { matched: 'failed', detail: 'it is down' });
    assert.equal(openRegistration.onFailure, 'skip');
  });
});
