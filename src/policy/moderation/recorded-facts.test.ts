import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ListMatch } from '../answers.ts';
import { readableFacts } from './recorded-facts.ts';

it('says in words what a verdict rests on', () => {
  const person = {
    firstSeenAt: 0,
    firstSeenInCommunityAt: null,
    joinedAt: 86_400_000,
    wasInvited: true,
    messagesHere: 2,
    messagesInCommunity: 3,
  };
  const list: ListMatch = {
    list: '!list:a.test',
    ruleEventId: '$rule',
    kind: 'server',
    entity: 'evil.*',
    recommendation: 'ban',
    reason: 'spam',
    about: 'evil.test',
    path: 'sender',
  };
  const lines = readableFacts({
    sender_power_level: 'creator',
    sender_is_moderator: false,
    sender_membership: 'join',
    note: '',
    unheard_of: null,
    measure: { kind: 'message' },
    answers: [
      { question: 'person', key: 'sender', answer: person },
      { question: 'count', key: 'messages per sender', answer: 4 },
      { question: 'similar', key: 'text', answer: { events: 5, senders: 2, rooms: 1 } },
      { question: 'list', key: 'enforce', answer: list },
      { question: 'list', key: 'flag', answer: null },
      { question: 'remote', key: 'scan', answer: { labels: [{ label: 'spam', score: 0.5 }], note: 'quick' } },
      { question: 'redactionTarget', key: 'target', answer: '@a:b.test' },
      { question: 'lookalike', key: 'name', answer: { failed: 'no answer in time' } },
      { question: 'names', key: 'from 5 letters', answer: { named: [] } },
      {
        question: 'names',
        key: 'from 3 letters',
        answer: {
          named: [
            { names: 3, first: ['ann', 'bob'], alsoMentionedIn: [] },
            { names: 1, first: ['carol'], alsoMentionedIn: ['text'] },
          ],
        },
      },
    ],
  });
  assert.deepEqual(
    lines.map(({ what, value }) => `${what}: ${value}`),
    [
      'power level of the sender: creator',
      'sender is a moderator: no',
      'membership of the sender: join',
      'unheard_of: unknown',
      'sender, as known here: first seen 1970-01-01T00:00:00.000Z, in the community never; ' +
        'joined 1970-01-02T00:00:00.000Z by an invite; 2 messages here, 3 in the community',
      'count (messages per sender): 4',
      'similar (text): 5 events of 2 senders in 1 rooms',
      'list (enforce): evil.test stands on !list:a.test: server evil.*, ban (spam)',
      'list (flag): nothing',
      'remote (scan): spam 0.50; quick',
      'redactionTarget (target): @a:b.test',
      'lookalike (name): not known: no answer in time',
      'names (from 5 letters): nobody',
      'names (from 3 letters): 3 (ann, bob, …); 1 (carol), also mentioned in text',
    ],
  );
});
