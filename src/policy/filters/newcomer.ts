import * as z from 'zod';
import type { PersonAnswer } from '../answers.ts';
import type { Facts } from '../facts.ts';
import { SENDER } from '../questions.ts';
import { EXAMPLE_PERSON } from './example-person.ts';
import { defineFilter, matchOf, NO_MATCH, PENDING } from './filter.ts';
import { duration, formatDuration } from './quantities.ts';

const fields = z.strictObject({
  joined_within: duration.optional().describe('Who joined this room less than so long ago, or is not in it yet.'),
  first_seen_within: duration.optional().describe('Who was first seen less than so long ago, or never before.'),
  first_seen_in: z
    .enum(['community', 'instance'])
    .default('community')
    .describe('Where they were first seen: in a room of the same community, or in any room of this server.'),
  fewer_messages_than: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Who has written fewer messages that were accepted.'),
  messages_in: z
    .enum(['room', 'community'])
    .default('community')
    .describe('Whose messages count: those in this room, or in all rooms of the community.'),
  criteria: z
    .enum(['any', 'all'])
    .default('any')
    .describe('Whether one of the given criteria makes a newcomer or all are needed.'),
});

type Settings = z.output<typeof fields>;

const settings = fields.refine((given) => criteriaOf(given).length > 0, {
  error: 'expected joined_within, first_seen_within or fewer_messages_than',
});

export const newcomer = defineFilter({
  name: 'newcomer',
  summary: 'Events of people who are new: joined or first seen a short time ago, or few messages so far.',
  settings,
  needs: ['history_of_the_sender', 'time'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { joined_within: '24h' },
    matches: { content: { msgtype: 'm.text', body: 'hello' }, answers: { person: EXAMPLE_PERSON } },
    ignores: {
      content: { msgtype: 'm.text', body: 'hello' },
      answers: { person: { ...EXAMPLE_PERSON, joinedAt: Date.UTC(2025, 0, 1) } },
    },
  },
  compile: (given) => {
    const criteria = criteriaOf(given);
    const needed = given.criteria === 'all' ? criteria.length : 1;
    return ({ pdu }, facts) => {
      const asked = facts.ask('person', SENDER);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      let met = 0;
      for (const { isMet } of criteria) if (isMet(asked.value, facts)) met += 1;
      if (met < needed) return NO_MATCH;
      const notes = criteria
        .filter(({ isMet }) => isMet(asked.value, facts))
        .map(({ note }) => note(asked.value, facts));
      return matchOf(...notes.map((note) => ({ path: 'sender', matched: pdu.sender, note })));
    };
  },
});

/** What makes the person a newcomer. */
interface Criterion {
  readonly isMet: (person: PersonAnswer, facts: Facts) => boolean;
  /** Where it is met. */
  readonly note: (person: PersonAnswer, facts: Facts) => string;
}

function criteriaOf(given: Partial<Settings>): readonly Criterion[] {
  const { joined_within: joined, first_seen_within: seen, fewer_messages_than: messages } = given;
  const criteria: Criterion[] = [];
  if (joined !== undefined) {
    criteria.push({
      // Joined, and nobody knows since when: from before we kept count.
      isMet: ({ joinedAt }, { now, senderMembership }) =>
        senderMembership !== 'join' || (joinedAt !== null && now - joinedAt < joined),
      note: ({ joinedAt }, { senderMembership }) =>
        senderMembership === 'join' ? noteSince(joinedAt, joined, 'joined') : 'not in the room before',
    });
  }
  if (seen !== undefined) {
    const firstSeen = ({ firstSeenAt, firstSeenInCommunityAt }: PersonAnswer): number | null =>
      given.first_seen_in === 'instance' ? firstSeenAt : firstSeenInCommunityAt;
    criteria.push({
      isMet: (person, { now }) => now - (firstSeen(person) ?? Infinity) < seen,
      note: (person) => noteSince(firstSeen(person), seen, 'first seen'),
    });
  }
  if (messages !== undefined) {
    const written = ({ messagesHere, messagesInCommunity }: PersonAnswer): number =>
      given.messages_in === 'room' ? messagesHere : messagesInCommunity;
    criteria.push({
      isMet: (person) => written(person) < messages,
      note: (person) => `${String(written(person))} messages before, fewer than ${String(messages)}`,
    });
  }
  return criteria;
}

function noteSince(at: number | null, limit: number, what: string): string {
  return at === null ? `never ${what} before` : `${what} less than ${formatDuration(limit)} ago`;
}
