/** What checks of mentions have in common about display names: settings, the question, and where the names stand. */
import * as z from 'zod';
import type { NamesAnswer } from '../answers.ts';
import { MAX_LENGTH } from '../names/name-index.ts';
import type { NamesQuestion } from '../questions.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { MENTION_PLACES, type MentionPlace } from '../reading/mentions.ts';
import type { Evidence } from '../verdict.ts';
import { evidenceBehind } from './text-fields.ts';

export const displayNames = z
  .boolean()
  .default(false)
  .describe(
    'Whether people count too whom a text calls by the display name that they have in the room: whole words, in any case, and as the text looks. People of one name are one; nobody counts twice.',
  );

export const shortestDisplayName = z
  .int()
  .min(1)
  .max(MAX_LENGTH)
  .default(5)
  .describe('Names with fewer letters and digits do not count where `display_names` is set: some are ordinary words.');

export function namesQuestion(shortest: number): NamesQuestion {
  return { key: `from ${String(shortest)} letters`, shortest };
}

/** More of them tell nobody anything. */
const MAX_EVIDENCE = 10;

/** Where the names stand that count beside these places. */
export function evidenceOfNames(
  event: EventReading,
  { named }: NamesAnswer,
  places: readonly MentionPlace[] = MENTION_PLACES,
): readonly Evidence[] {
  const counted = named.filter(({ alsoMentionedIn }) => !alsoMentionedIn.some((place) => places.includes(place)));
  return counted
    .flatMap(({ first }) => first)
    .slice(0, MAX_EVIDENCE)
    .flatMap((name) => evidenceOf(event, name));
}

function evidenceOf(event: EventReading, name: string): readonly Evidence[] {
  for (const [index, text] of event.normalised.entries()) {
    const place = event.words[index]?.find(name);
    if (place !== undefined) return [evidenceBehind(text, place.start, place.end, 'display name of a member')];
  }
  return [];
}
