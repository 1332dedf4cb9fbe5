import * as z from 'zod';
import type { NormalisedEventText } from '../reading/event-reading.ts';
import { compileFinder, compilePattern, type Pattern } from '../reading/pattern.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchWhere } from './filter.ts';
import { distinct, evidenceBehind, evidenceIn, fields, on, textsOf } from './text-fields.ts';

/** Of all expressions of a check together. */
const MAX_SIZE = 20_000;

const expression = z
  .string()
  .min(1)
  .max(1_000)
  .superRefine((source, context) => {
    const result = compilePattern(source, { caseSensitive: false });
    if (!result.ok) context.addIssue({ code: 'custom', message: result.expected });
  });

const settings = z.strictObject({
  patterns: z
    .array(expression)
    .min(1)
    .max(500)
    .superRefine((sources, context) => {
      const size = patternsOf(sources, false).reduce((sum, pattern) => sum + pattern.size, 0);
      if (size <= MAX_SIZE) return;
      context.addIssue({ code: 'custom', message: `expected expressions of ${MAX_SIZE} steps at most in all` });
    })
    .describe(
      'Regular expressions in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax), found anywhere in a text. There are no lookahead, no lookbehind and no references back: no text can make an expression slow.',
    ),
  case_sensitive: z
    .boolean()
    .default(false)
    .describe('Whether case counts. Then only text as it is written is looked at.'),
  on,
  fields,
});

export const regex = defineFilter({
  name: 'regex',
  summary: 'Events whose readable text a regular expression matches.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { patterns: ['(?:earn|make) \\$?\\d{3,} (?:a|per) (?:day|week)'] },
    matches: { content: { msgtype: 'm.text', body: 'Eаrn $5000 per week from home' } },
    ignores: { content: { msgtype: 'm.text', body: 'I earn too little per week' } },
  },
  compile: ({ patterns: sources, case_sensitive: caseSensitive, on: form, fields: wanted }) => {
    const find = compileFinder(patternsOf(sources, caseSensitive));
    const looksAtRaw = form !== 'normalised' || caseSensitive;
    return (event) => {
      let evidence: readonly Evidence[] = NO_EVIDENCE;
      for (const text of textsOf(event, wanted)) {
        const raw = looksAtRaw ? find(text.raw.text) : NO_PATTERNS;
        if (raw.length > 0) evidence = [...evidence, ...evidenceInRaw(raw, text)];
        if (caseSensitive || form === 'raw' || (form === 'both' && text.isPlain)) continue;
        const looks = find(text.text);
        if (looks.length > 0) evidence = [...evidence, ...evidenceInLooks(looks, text)];
      }
      return matchWhere(distinct(evidence));
    };
  },
});

function patternsOf(sources: readonly string[], caseSensitive: boolean): readonly Pattern[] {
  return sources.flatMap((source) => {
    const result = compilePattern(source, { caseSensitive });
    return result.ok ? [result.pattern] : [];
  });
}

/** Finding a place costs more than knowing that there is one. */
const MAX_PLACES = 3;

const NO_PATTERNS: readonly Pattern[] = [];
const NO_EVIDENCE: readonly Evidence[] = [];

function evidenceInRaw(matching: readonly Pattern[], { raw }: NormalisedEventText): readonly Evidence[] {
  return matching.map((pattern, index) => {
    const place = index < MAX_PLACES ? pattern.find(raw.text) : undefined;
    if (place === undefined) return { path: raw.path, note: noteOf(pattern) };
    return evidenceIn(raw, place.start, place.end, noteOf(pattern));
  });
}

function evidenceInLooks(matching: readonly Pattern[], text: NormalisedEventText): readonly Evidence[] {
  return matching.map((pattern, index) => {
    const place = index < MAX_PLACES ? pattern.find(text.text) : undefined;
    if (place === undefined) return { path: text.raw.path, note: noteOf(pattern) };
    return evidenceBehind(text, place.start, place.end, noteOf(pattern));
  });
}

function noteOf({ source }: Pattern): string {
  return `matches /${excerpt(source)}/`;
}
