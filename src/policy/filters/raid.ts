import * as z from 'zod';
import type { Facts } from '../facts.ts';
import { comparedName, comparedText, isCounted, kindOf } from '../memory/measure.ts';
import type { EventReading } from '../reading/event-reading.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, matchOf, NO_MATCH, PENDING, type CheckResult } from './filter.ts';
import { comparedWindow, likeness, similarQuestion } from './near-duplicate.ts';
import { formatDuration } from './quantities.ts';
import { countQuestion } from './rate.ts';

const settings = z.strictObject({
  more_than: z
    .int()
    .min(0)
    .max(100_000)
    .default(20)
    .describe('How many people may join within the time; one more is a raid.'),
  within: comparedWindow
    .prefault('5m')
    .describe('The time that is counted over, from 1s to 24h, ending with the event.'),
  across: z
    .enum(['room', 'community'])
    .default('community')
    .describe('Whether joins of this room or of the whole community count.'),
  include_refused: z
    .boolean()
    .default(true)
    .describe('Whether joins that were refused count too: then a raid goes on until fewer try to join.'),
  similar: z
    .enum(['names', 'texts'])
    .optional()
    .describe(
      'Matches only what is alike during the raid: joins with names like those of others who joined, or messages like those of others. Left out, every join matches.',
    ),
  similar_at_least: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('With `similar`: how many people must have come with such a name, or have said the like.'),
  likeness: likeness.default(75),
  also_messages: z
    .boolean()
    .default(false)
    .describe(
      'Without `similar`: whether messages match too while the raid lasts; combine it with a check for newcomers.',
    ),
});

type Settings = z.output<typeof settings>;

/** Shorter names and texts are like many others. */
const MIN_NAME = 3;
const MIN_TEXT = 10;

export const raid = defineFilter({
  name: 'raid',
  summary:
    'Joins while many people join at once, and on wish what they say; or those of them with names or texts alike.',
  settings,
  needs: ['counters', 'recent_events', 'time'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { more_than: 20, within: '5m' },
    matches: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      membership: 'leave',
      content: { membership: 'join', displayname: 'Alice' },
      answers: { count: 20 },
    },
    ignores: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      membership: 'leave',
      content: { membership: 'join', displayname: 'Alice' },
      answers: { count: 3 },
    },
  },
  compile: (given) => {
    const { more_than: most, within: withinMs, across, include_refused: includeRefused } = given;
    const joins = countQuestion({ what: 'joins', per: 'everyone', across, withinMs, includeRefused });
    const alike = similarCheck(given);
    return (event, facts) => {
      const kind = kindOf(event, facts.senderMembership);
      const isJoin = kind === 'join';
      const isMessage = isCounted(kind, 'messages');
      const isJudged =
        given.similar === undefined
          ? isJoin || (isMessage && given.also_messages)
          : given.similar === 'names'
            ? isJoin
            : isMessage;
      if (!isJudged) return NO_MATCH;
      const asked = facts.ask('count', joins);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      const count = asked.value + (isJoin ? 1 : 0);
      if (count <= most) return NO_MATCH;
      const note = `${String(count)} joins within ${formatDuration(withinMs)}, at most ${String(most)} are allowed`;
      const evidence: Evidence = { path: 'type', matched: event.pdu.type, note };
      return alike === undefined ? matchOf(evidence) : alike(event, facts, evidence);
    };
  },
});

function similarCheck({
  similar,
  similar_at_least: least,
  ...given
}: Settings): ((event: EventReading, facts: Facts, raided: Evidence) => CheckResult) | undefined {
  if (similar === undefined) return undefined;
  const { within: withinMs, across, likeness: alike } = given;
  const isName = similar === 'names';
  const question = similarQuestion({
    ...{ of: isName ? 'name' : 'text', among: 'all', across, withinMs, likeness: alike },
    minLength: isName ? MIN_NAME : MIN_TEXT,
  });
  return (event, facts, raided) => {
    // The text of an encrypted message is like no other.
    const compared = isName ? comparedName(event) : comparedText(event);
    if (compared === undefined || compared.length < question.minLength) return NO_MATCH;
    const asked = facts.ask('similar', question);
    if (asked.state === 'pending') return PENDING;
    if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
    const { senders } = asked.value;
    if (senders < least) return NO_MATCH;
    const note = `${isName ? 'a name' : 'a text'} like that of ${String(senders)} people within ${formatDuration(withinMs)}`;
    return matchOf(raided, { path: compared.path, note });
  };
}
