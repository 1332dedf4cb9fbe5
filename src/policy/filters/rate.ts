import * as z from 'zod';
import type { NamesAnswer } from '../answers.ts';
import type { Facts } from '../facts.ts';
import { kindOf, mentionsIn, namesBeside, weightOf } from '../memory/measure.ts';
import { LONGEST_MS } from '../memory/series.ts';
import { COUNTED, COUNTED_PER, SCOPES, type Asked, type Counted, type CountQuestion } from '../questions.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { defineFilter, matchOf, NO_MATCH, PENDING } from './filter.ts';
import { displayNames, evidenceOfNames, namesQuestion, shortestDisplayName } from './member-names.ts';
import { duration, formatDuration } from './quantities.ts';

/** A time over which can be counted. */
export const countedWindow = duration.refine((ms) => ms >= 1_000 && ms <= LONGEST_MS, {
  error: 'expected a time from "1s" to "7d"',
});

/** Over so many windows the burst is used up. */
const LONG_RUN = 4;

/** What one event may count as twice. */
const OVERLAPS: readonly (readonly [Counted, Counted])[] = [
  ['messages', 'media'],
  ['joins', 'membership_changes'],
];

const fields = z.strictObject({
  what: z
    .union([z.enum(COUNTED), z.array(z.enum(COUNTED)).min(1).max(4).refine(areApart, 'these count the same events')])
    .default('messages')
    .describe(
      'What is counted; of several things the sum. Media, edits, encrypted messages and stickers are messages too, joins are membership changes too; a change of the profile is neither. `mentions` counts people mentioned, `rooms` rooms in which something happened.',
    ),
  per: z
    .enum(COUNTED_PER)
    .default('sender')
    .describe(
      'Whose events are counted together: those of the sender, of the server, of everybody in the room or community.',
    ),
  across: z
    .enum(SCOPES)
    .default('community')
    .describe('Where is counted: in this room, in the community, or everywhere.'),
  more_than: z
    .int()
    .min(0)
    .max(1_000_000)
    .describe('How many are allowed within the time, the event itself included; one more matches.'),
  within: countedWindow.describe('The time that is counted over, from 1s to 7d, ending with the event.'),
  burst: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe(
      'A short-term allowance: so many more are allowed within the time, but not again and again: within four times the time no more than four times `more_than` and one burst.',
    ),
  display_names: displayNames,
  shortest_display_name: shortestDisplayName,
  include_refused: z
    .boolean()
    .default(false)
    .describe('Whether events that were refused count too: then those who go on stay refused until they pause.'),
  only_refused: z
    .boolean()
    .default(false)
    .describe(
      'Whether nothing but events that were refused counts, the event itself not included: after so many refusals whatever comes next matches, until there was none for the time.',
    ),
});

export const rate = defineFilter({
  name: 'rate',
  summary: 'Events that are too many: messages, joins, invites, mentions and others by one person, server or room.',
  settings: fields,
  needs: ['counters', 'time', 'names_of_members'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: { what: 'messages', more_than: 10, within: '1m' },
    matches: { content: { msgtype: 'm.text', body: 'once more' }, answers: { count: 10 } },
    ignores: { content: { msgtype: 'm.text', body: 'once more' }, answers: { count: 9 } },
  },
  mistakes: ({ what, display_names: byName }) => {
    if (!byName || what === 'mentions' || (Array.isArray(what) && what.includes('mentions'))) return [];
    const message = 'expected `mentions` in `what`: display names are counted nowhere else';
    return [{ code: 'custom', path: ['display_names'], message, input: byName }];
  },
  compile: ({ what, per, across, more_than: most, within, burst, ...rest }) => {
    const { include_refused: includeRefused, only_refused: onlyRefused, display_names: byName } = rest;
    const askNames = byName ? namesAsker(rest.shortest_display_name) : undefined;
    const counted = typeof what === 'string' ? [what] : what;
    const limits = [{ withinMs: within, limit: most + burst }];
    if (burst > 0) limits.push({ withinMs: Math.min(LONG_RUN * within, LONGEST_MS), limit: LONG_RUN * most + burst });
    const asked = limits.map(({ withinMs, limit }) => ({
      limit,
      withinMs,
      questions: counted.map((one) =>
        countQuestion({
          ...{ what: one, per, across, withinMs, includeRefused, onlyRefused },
          ...(one === 'mentions' && byName ? { displayNames: true } : {}),
        }),
      ),
    }));
    return (event, facts) => {
      const kind = kindOf(event, facts.senderMembership);
      const names = askNames?.(event, facts) ?? NO_NAMES;
      if (names.state === 'pending') return PENDING;
      if (names.state === 'failed') return { matched: 'failed', detail: names.detail };
      const measure = { kind, mentions: mentionsIn(event, kind) };
      let weight = namesBeside(names.value);
      for (const one of counted) if (one !== 'rooms') weight += weightOf(measure, one);
      // What does not count is not what is too much.
      if (weight === 0 && !counted.includes('rooms')) return NO_MATCH;
      let isPending = false;
      for (const { limit, withinMs, questions } of asked) {
        let count = onlyRefused ? 0 : weight;
        for (const question of questions) {
          const answer = facts.ask('count', question);
          if (answer.state === 'failed') return { matched: 'failed', detail: answer.detail };
          if (answer.state === 'pending') isPending = true;
          else count += answer.value;
        }
        if (isPending || count <= limit) continue;
        const note = `${String(count)} ${counted.join(' and ')}${onlyRefused ? ' refused' : ''} within ${formatDuration(withinMs)}, at most ${String(limit)} are allowed`;
        return matchOf({ path: 'type', matched: event.pdu.type, note }, ...evidenceOfNames(event, names.value));
      }
      return isPending ? PENDING : NO_MATCH;
    };
  },
});

const NO_NAMES: Asked<NamesAnswer> = { state: 'known', value: { named: [] } };

/** Mentions are those of messages, and of messages that can be read. */
function namesAsker(shortest: number): (event: EventReading, facts: Facts) => Asked<NamesAnswer> {
  const question = namesQuestion(shortest);
  return (event, facts) => {
    const kind = kindOf(event, facts.senderMembership);
    const isAsked = (kind === 'message' || kind === 'media') && !event.isEncrypted && event.texts.length > 0;
    return isAsked ? facts.ask('names', question) : NO_NAMES;
  };
}

export function countQuestion(question: Omit<CountQuestion, 'key'>): CountQuestion {
  const { what, per, across, withinMs, includeRefused, onlyRefused = false, displayNames: byName = false } = question;
  const refused = onlyRefused ? ', refused ones only' : includeRefused ? ', refused ones too' : '';
  const names = byName ? ', display names too' : '';
  const key = `${what} per ${per} across ${across} within ${formatDuration(withinMs)}${refused}${names}`;
  return { ...question, key };
}

function areApart(counted: readonly Counted[]): boolean {
  if (new Set(counted).size < counted.length) return false;
  if (counted.includes('events') || counted.includes('rooms')) return counted.length === 1;
  return !OVERLAPS.some(([a, b]) => counted.includes(a) && counted.includes(b));
}
