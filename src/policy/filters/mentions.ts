import * as z from 'zod';
import type { EventReading } from '../reading/event-reading.ts';
import { writtenRoomMention, type Mentions } from '../reading/mentions.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, matchWhere, NO_MATCH } from './filter.ts';

const PLACES = ['m_mentions', 'text', 'links'] as const;
const DEFAULT_MOST = 20;

const settings = z.strictObject({
  more_than: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe('Most users that one event may mention, each counted once; 20 where neither this nor `room` is set.'),
  counted_in: z
    .array(z.enum(PLACES))
    .min(1)
    .default([...PLACES])
    .describe('Where mentions count: in `m.mentions`, as ids in text, as links to users.'),
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
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { more_than: 1 },
    matches: { content: { msgtype: 'm.text', body: '@alice:example.org and @bob:example.org: look!' } },
    ignores: { content: { msgtype: 'm.text', body: '@alice:example.org, @alice:example.org: look!' } },
  },
  compile: ({ more_than: given, counted_in: places, room }) => {
    const most = given ?? (room ? undefined : DEFAULT_MOST);
    return (event) => {
      if (NOT_JUDGED.has(event.pdu.type)) return NO_MATCH;
      const evidence: Evidence[] = room ? [...roomMention(event, places.includes('text'))] : [];
      const count = most === undefined ? 0 : countIn(event.mentions, places);
      if (most !== undefined && count > most) {
        const note = `${String(count)} users mentioned, at most ${String(most)} are allowed`;
        evidence.push({ path: 'content', note });
      }
      return matchWhere(evidence);
    };
  },
});

function countIn(found: Mentions, places: readonly (typeof PLACES)[number][]): number {
  if (places.length === PLACES.length) return found.users.size;
  const sets = { m_mentions: found.listed, text: found.written, links: found.linked } as const;
  return new Set(places.flatMap((place) => [...sets[place]])).size;
}

function roomMention(event: EventReading, inText: boolean): readonly Evidence[] {
  if (event.mentions.room) return [{ path: 'content.m\\.mentions.room', note: 'mentions the whole room' }];
  const written = inText ? writtenRoomMention(event.texts) : undefined;
  return written === undefined ? [] : [{ ...written, matched: '@room', note: 'mentions the whole room' }];
}
