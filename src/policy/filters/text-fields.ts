/** What checks of text have in common: which texts they look at, in which form, and how they say what they saw. */
import * as z from 'zod';
import type { EventReading, NormalisedEventText } from '../reading/event-reading.ts';
import { TEXT_FIELDS, type EventText, type TextField } from '../reading/event-texts.ts';
import type { Evidence } from '../verdict.ts';
import { excerpt } from './filter.ts';

export const fields = z
  .array(z.enum(TEXT_FIELDS))
  .min(1)
  .max(TEXT_FIELDS.length)
  .optional()
  .describe(
    'Which texts are looked at; all of them where left out. The new content of edits counts as what it replaces, captions as `body`, questions and answers as `poll`.',
  );

export const on = z
  .enum(['both', 'raw', 'normalised'])
  .default('both')
  .describe(
    'Whether text is looked at as written (`raw`), as it looks (`normalised`: in lower case, without accents and invisible characters, letters that imitate Latin ones replaced by these), or in both forms.',
  );

export const unit = z
  .enum(['characters', 'bytes'])
  .default('characters')
  .describe('What is counted: characters (code points) or bytes of UTF-8.');

/** Deleting must always work, so redactions are not judged by their reason. */
const NOT_JUDGED: ReadonlySet<string> = new Set(['m.room.redaction']);

/** Each text in both of its forms. */
export function textsOf(event: EventReading, wanted: readonly TextField[] | undefined): readonly NormalisedEventText[] {
  if (NOT_JUDGED.has(event.pdu.type)) return [];
  if (wanted === undefined) return event.normalised;
  return event.normalised.filter(({ raw }) => wanted.includes(raw.field));
}

/** A place in the text as it is written. */
export function evidenceIn(text: EventText, start: number, end: number, note: string): Evidence {
  return {
    path: text.path,
    span: { start: text.sourceIndex(start), end: text.sourceEnd(end) },
    matched: excerpt(text.text.slice(start, end)),
    note,
  };
}

/** A place in the text as it looks. */
export function evidenceBehind(text: NormalisedEventText, start: number, end: number, note: string): Evidence {
  return evidenceIn(text.raw, text.sourceIndex(start), text.sourceEnd(end), note);
}

/** Most places that one check tells of. */
const MAX_EVIDENCE = 10;

/** Each place once, whichever form of the text showed it. */
export function distinct(evidence: readonly Evidence[]): readonly Evidence[] {
  if (evidence.length < 2) return evidence;
  const byPlace = new Map<string, Evidence>();
  for (const one of evidence) {
    const key = `${one.path} ${String(one.span?.start)} ${String(one.span?.end)}`;
    if (!byPlace.has(key)) byPlace.set(key, one);
  }
  return [...byPlace.values()].slice(0, MAX_EVIDENCE);
}

/** Length in code points or in bytes of UTF-8. */
export function lengthOf(text: string, counted: z.output<typeof unit>): number {
  if (counted === 'bytes') return Buffer.byteLength(text);
  let length = text.length;
  for (let at = 0; at + 1 < text.length; at += 1) {
    if (isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1))) length -= 1;
  }
  return length;
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
