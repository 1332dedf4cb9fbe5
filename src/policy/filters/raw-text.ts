import * as z from 'zod';
import { own } from '../../protocol/json.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { afterSteps, TEXT_STEPS, wordsBetweenBlanks, type TextStep } from '../reading/text-steps.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';

const strings = z.array(z.string().min(1).max(500)).max(10_000).default([]);

const settings = z
  .strictObject({
    contains: strings.describe('Strings to look for, inside of words too.'),
    words: strings.describe(
      'Words to look for: what stands between two blanks, with all that sticks to it, such as a comma or a tag of HTML.',
    ),
    steps: z
      .array(z.enum(TEXT_STEPS))
      .max(10)
      .default([])
      .describe(
        'What is done to the text before, in this order, but not to the strings: `lower_case`; `upper_case`; `remove_punctuation` takes away all but ASCII letters, digits, `_` and blanks.',
      ),
    whole_event: z
      .boolean()
      .default(false)
      .describe('Looks at the JSON of the whole event in the place of its body and formatted body.'),
  })
  .refine(({ contains, words }) => contains.length + words.length > 0, { error: 'expected contains or words' });

export const rawText = defineFilter({
  name: 'raw_text',
  summary:
    'Events whose `body` or `formatted_body`, as they are written and the one behind the other with a blank between them, hold a string or a word. Nothing is made plain and HTML is no text here: rules that people write are better off with `words`; this is what templates of policyserv become.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { words: ['casino'], steps: ['remove_punctuation', 'lower_case'] },
    matches: { content: { msgtype: 'm.text', body: 'The best Casino, of course' } },
    ignores: { content: { msgtype: 'm.text', body: 'casinos are closed' } },
  },
  compile: ({ contains, words, steps, whole_event: isWhole }) => {
    const wanted = new Set(words);
    return (event) => {
      const parts = isWhole ? [{ path: '', text: event.eventJson }] : partsOf(event);
      if (parts === undefined) return { matched: 'failed', detail: 'body or formatted_body is no text' };
      const text = afterSteps(parts.map((part) => part.text).join(' '), steps);
      const found =
        contains.find((one) => text.includes(one)) ??
        (wanted.size === 0 ? undefined : wordsBetweenBlanks(text).find((word) => wanted.has(word)));
      return found === undefined ? NO_MATCH : matchOf(placeOf(parts, found, steps));
    };
  },
});

interface Part {
  readonly path: string;
  readonly text: string;
}

/** `undefined` where one of them is there and no text. */
function partsOf({ pdu }: EventReading): readonly Part[] | undefined {
  const parts = ['body', 'formatted_body'].map((key) => ({
    path: `content.${key}`,
    text: own(pdu.content, key) ?? '',
  }));
  return parts.every((part): part is Part => typeof part.text === 'string') ? parts : undefined;
}

/** In one of the two, where it stands in one; the very characters, where nothing was taken away before it. */
function placeOf(parts: readonly Part[], found: string, steps: readonly TextStep[]): Evidence {
  const note = `the text holds "${excerpt(found)}"`;
  const part = parts.find(({ text }) => afterSteps(text, steps).includes(found));
  if (part === undefined || part.path === '') return { path: part?.path ?? 'content', note };
  const changed = afterSteps(part.text, steps);
  if (changed.length !== part.text.length) return { path: part.path, note };
  const start = changed.indexOf(found);
  const end = start + found.length;
  return { path: part.path, span: { start, end }, matched: excerpt(part.text.slice(start, end)), note };
}
