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
      const evidence: Evidence[] = [];
      for (const text of textsOf(event, wanted)) {
        if (looksAtRaw) addRaw(evidence, find(text.raw.text), text);
        const isSeen = caseSensitive || form === 'raw' || (form === 'both' && text.isPlain);
        if (!isSeen) addLooks(evidence, find(text.text), text);
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

function addRaw(evidence: Evidence[], matching: readonly Pattern[], { raw }: NormalisedEventText): void {
  for (const [index, pattern] of matching.entries()) {
    const place = index < MAX_PLACES ? pattern.find(raw.text) : undefined;
    if (place === undefined) evidence.push({ path: raw.path, note: noteOf(pattern) });
    else evidence.push(evidenceIn(raw, place.start, place.end, noteOf(pattern)));
  }
}

function addLooks(evidence: Evidence[], matching: readonly Pattern[], text: NormalisedEventText): void {
  for (const [index, pattern] of matching.entries()) {
    const place = index < MAX_PLACES ? pattern.find(text.text) : undefined;
    if (place === undefined) evidence.push({ path: text.raw.path, note: noteOf(pattern) });
    else evidence.push(evidenceBehind(text, place.start, place.end, noteOf(pattern)));
  }
}

function noteOf({ source }: Pattern): string {
  return `matches /${excerpt(source)}/`;
}
