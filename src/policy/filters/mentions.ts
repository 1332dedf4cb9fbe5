import * as z from 'zod';
import { namesBeside } from '../memory/measure.ts';
import type { EventReading } from '../reading/event-reading.ts';
import {
  MENTION_PLACES,
  mentionedIn,
  writtenRoomMention,
  type MentionPlace,
  type Mentions,
} from '../reading/mentions.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, matchOf, matchWhere, NO_MATCH, PENDING } from './filter.ts';
import { displayNames, evidenceOfNames, namesQuestion, shortestDisplayName } from './member-names.ts';

const DEFAULT_MOST = 20;

const settings = z.strictObject({
  more_than: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe('Most users that one event may mention, each counted once; 20 where neither this nor `room` is set.'),
  counted_in: z
    .array(z.enum(MENTION_PLACES))
    .min(1)
    .default([...MENTION_PLACES])
    .describe('Where mentions count: in `m.mentions`, as ids in text, as links to users.'),
  display_names: displayNames,
  shortest_display_name: shortestDisplayName,
  room: z
    .boolean()
    .default(false)
    .describe(
      'Whether `@room` matches too: in `m.mentions`, and in text where `counted_in` has `text`. Set alone, only that matches.',
    ),
});

/** Their content names users without mentioning them. */
const NOT_JUDGED: ReadonlySet<string> = new Set(['m.room.member', 'm.room.power_levels', 'm.room.redaction']);

export const mentions = defineFilter({
  name: 'mentions',
  summary: 'Events that mention more users than allowed, or the whole room.',
  settings,
  needs: ['names_of_members'],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { more_than: 1, display_names: true },
    matches: {
      content: { msgtype: 'm.text', body: '@alice:example.org and Bob Baker: look!' },
      answers: { names: { named: [{ names: 1, first: ['bob baker'], alsoMentionedIn: [] }] } },
    },
    ignores: {
      content: { msgtype: 'm.text', body: '@alice:example.org, @alice:example.org: look!' },
      answers: { names: { named: [] } },
    },
  },
  compile: ({ more_than: given, counted_in: places, room, display_names: byName, shortest_display_name: shortest }) => {
    const most = given ?? (room ? undefined : DEFAULT_MOST);
    const question = namesQuestion(shortest);
    return (event, facts) => {
      if (NOT_JUDGED.has(event.pdu.type)) return NO_MATCH;
      const evidence: Evidence[] = room ? [...roomMention(event, places.includes('text'))] : [];
      if (most === undefined) return matchWhere(evidence);
      const count = countIn(event.mentions, places);
      if (count > most) evidence.push({ path: 'content', note: noteOf(count, most) });
      // Names change nothing any more.
      if (!byName || evidence.length > 0 || event.texts.length === 0) return matchWhere(evidence);
      const asked = facts.ask('names', question);
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      const names = namesBeside(asked.value, places);
      if (count + names <= most) return NO_MATCH;
      return matchOf(
        { path: 'content', note: noteOf(count + names, most, names) },
        ...evidenceOfNames(event, asked.value, places),
      );
    };
  },
});

function noteOf(count: number, most: number, names = 0): string {
  const byName = names === 0 ? '' : `, ${String(names)} of them by display name`;
  return `${String(count)} users mentioned${byName}, at most ${String(most)} are allowed`;
}

function countIn(found: Mentions, places: readonly MentionPlace[]): number {
  if (places.length === MENTION_PLACES.length) return found.users.size;
  return new Set(places.flatMap((place) => [...mentionedIn(found, place)])).size;
}

function roomMention(event: EventReading, inText: boolean): readonly Evidence[] {
  if (event.mentions.room) return [{ path: 'content.m\\.mentions.room', note: 'mentions the whole room' }];
  const written = inText ? writtenRoomMention(event.texts) : undefined;
  return written === undefined ? [] : [{ ...written, matched: '@room', note: 'mentions the whole room' }];
}
