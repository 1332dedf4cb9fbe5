import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, factsWith, judge, messageOf } from '../../../tests/support/policy-events.ts';
import type { LookalikeMatch } from '../answers.ts';
import type { Facts } from '../facts.ts';
import { lookalike } from './lookalike.ts';

const join = eventOf({
  type: 'm.room.member',
  stateKey: '@alice:home.test',
  content: { membership: 'join', displayname: 'B0b' },
});
const match: LookalikeMatch = { userId: '@bob:home.test', name: 'Bob' };

describe('lookalike', () => {
  it('matches where a moderator looks like it, and says whom', () => {
    assert.deepEqual(judge(checkOf(lookalike), join, factsWith({ lookalike: match })), {
      matched: 'yes',
      evidence: [
        {
          path: 'content.displayname',
          matched: 'B0b',
          note: 'looks like Bob (@bob:home.test), who moderates the room',
        },
      ],
    });
    assert.equal(judge(checkOf(lookalike), join, factsWith({ lookalike: null })).matched, 'no');
  });

  it('asks about the names that it was told to look at', () => {
    const asked: string[] = [];
    const plain = factsWith({ lookalike: null }, { senderDisplayName: 'Alice' });
    const facts: Facts = {
      ...plain,
      ask: (type, question) => {
        asked.push(question.key);
        return plain.ask(type, question);
      },
    };
    for (const namesOf of ['new_names', 'sender', 'both']) {
      const check = checkOf(lookalike, { likeness: 80, names_of: namesOf });
      for (const pdu of [join, messageOf({ body: 'x' })]) judge(check, pdu, facts);
    }
    assert.deepEqual(asked, ['80 B0b', '80 Alice', '80 B0b', '80 Alice']);
  });

  it('waits for an answer, and fails without one', () => {
    assert.equal(judge(checkOf(lookalike), join, factsWith()).matched, 'failed');
    const waiting = { ...factsWith(), ask: () => ({ state: 'pending' as const }) };
    assert.equal(judge(checkOf(lookalike), join, waiting).matched, 'pending');
  });
});
