import * as z from 'zod';
import type { PersonAnswer } from '../answers.ts';
import type { Facts } from '../facts.ts';
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
      const asked = facts.ask('person', { key: 'sender' });
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      const notes = criteria.flatMap((criterion) => criterion(asked.value, facts) ?? []);
      if (notes.length < needed) return NO_MATCH;
      return matchOf(...notes.map((note) => ({ path: 'sender', matched: pdu.sender, note })));
    };
  },
});

/** What makes the person a newcomer, where it does. */
type Criterion = (person: PersonAnswer, facts: Facts) => string | undefined;

function criteriaOf(given: Partial<Settings>): readonly Criterion[] {
  const { joined_within: joined, first_seen_within: seen, fewer_messages_than: messages } = given;
  const criteria: Criterion[] = [];
  if (joined !== undefined) {
    criteria.push(({ joinedAt }, { now, senderMembership }) => {
      // Joined, and nobody knows since when: from before we kept count.
      if (joinedAt === null && senderMembership === 'join') return undefined;
      if (senderMembership !== 'join') return 'not in the room before';
      return since(joinedAt, now, joined, 'joined');
    });
  }
  if (seen !== undefined) {
    criteria.push(({ firstSeenAt, firstSeenInCommunityAt }, { now }) =>
      since(given.first_seen_in === 'instance' ? firstSeenAt : firstSeenInCommunityAt, now, seen, 'first seen'),
    );
  }
  if (messages !== undefined) {
    criteria.push(({ messagesHere, messagesInCommunity }) => {
      const written = given.messages_in === 'room' ? messagesHere : messagesInCommunity;
      return written < messages ? `${String(written)} messages before, fewer than ${String(messages)}` : undefined;
    });
  }
  return criteria;
}

function since(at: number | null, now: number, limit: number, what: string): string | undefined {
  if (at === null) return `never ${what} before`;
  return now - at < limit ? `${what} less than ${formatDuration(limit)} ago` : undefined;
}
