import * as z from 'zod';
import { comparedText, kindOf } from '../memory/measure.ts';
import { SCOPES, type SimilarQuestion } from '../questions.ts';
import { defineFilter, matchOf, NO_MATCH, PENDING } from './filter.ts';
import { duration, formatDuration } from './quantities.ts';

const DAY_MS = 86_400_000;
/** Answers count no further. */
const MOST_COUNTED = 100;

/** Less alike texts are not found reliably. */
export const likeness = z
  .int()
  .min(60)
  .max(100)
  .describe(
    'How alike, from 60 to 100 (the same but for case, blanks and lookalike letters): the share of runs of three characters that both have.',
  );

/** The memory of texts is no longer than a day, and as many as the last 32,768 (8,192 of names and of refused texts). */
export const comparedWindow = duration.refine((ms) => ms >= 1_000 && ms <= DAY_MS, {
  error: 'expected a time from "1s" to "24h"',
});

const count = z.int().min(1).max(MOST_COUNTED);

const settings = z.strictObject({
  among: z
    .enum(['all', 'refused'])
    .default('all')
    .describe('Whether all earlier messages are compared, or refused ones.'),
  at_least: count.default(3).describe('How many earlier messages must be alike.'),
  from_senders: count.default(1).describe('How many different people must have sent them.'),
  in_rooms: count.default(1).describe('In how many different rooms they must have been sent.'),
  across: z
    .enum(SCOPES)
    .default('community')
    .describe('Where is compared: in this room, in the community, or everywhere.'),
  within: comparedWindow
    .prefault('1h')
    .describe(
      'How old earlier messages may be, from 1s to 24h; the last 32,768 texts and 8,192 refused ones are kept.',
    ),
  likeness: likeness.default(85),
  min_length: z
    .int()
    .min(1)
    .max(10_000)
    .default(20)
    .describe('Shorter messages, in characters, are not compared: greetings and thanks are all alike.'),
});

export const nearDuplicate = defineFilter({
  name: 'near_duplicate',
  summary: 'Messages that say nearly the same as earlier or refused ones, by whomever and in whichever room.',
  settings,
  needs: ['recent_events', 'time'],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { at_least: 3, from_senders: 2 },
    matches: {
      content: { msgtype: 'm.text', body: 'Earn 5,000 a week from home, write to me!' },
      answers: { similar: { events: 3, senders: 2, rooms: 1 } },
    },
    ignores: {
      content: { msgtype: 'm.text', body: 'Earn 5,000 a week from home, write to me!' },
      answers: { similar: { events: 5, senders: 1, rooms: 1 } },
    },
  },
  compile: (given) => {
    const { among, across, within: withinMs, likeness: least, min_length: minLength } = given;
    const question = similarQuestion({ of: 'text', among, across, withinMs, likeness: least, minLength });
    return (event, facts) => {
      const kind = kindOf(event, facts.senderMembership);
      if (kind !== 'message' && kind !== 'media') return NO_MATCH;
      const text = comparedText(event);
      if (text === undefined || text.length < minLength) return NO_MATCH;
      const asked = facts.ask('similar', question);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      const { events, senders, rooms } = asked.value;
      if (events < given.at_least || senders < given.from_senders || rooms < given.in_rooms) return NO_MATCH;
      const kept = among === 'refused' ? 'refused messages' : 'messages';
      const note = `like ${String(events)} ${kept} of ${String(senders)} people within ${formatDuration(withinMs)}`;
      return matchOf({ path: text.path, note });
    };
  },
});

export function similarQuestion(question: Omit<SimilarQuestion, 'key'>): SimilarQuestion {
  const { of, among, across, withinMs, likeness: least, minLength } = question;
  const key = `${of} among ${among} across ${across} within ${formatDuration(withinMs)}, ${String(least)} alike, ${String(minLength)} long`;
  return { ...question, key };
}
