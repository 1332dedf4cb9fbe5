/** The section `filters` of the configuration: a few rules for every room, without a word of the language of rules. */
import * as z from 'zod';
import { HARMS } from '../harms.ts';
import type { RuleInput } from '../rules/rule-document.ts';

const MEDIA_KINDS = ['image', 'video', 'audio', 'voice', 'file', 'sticker', 'location'] as const;

function message(text: string): z.ZodDefault<z.ZodString> {
  return z.string().min(1).max(500).default(text).describe('What the sender is told.');
}

const words = z.strictObject({
  words: z
    .array(z.string().min(1).max(200))
    .max(20_000)
    .default([])
    .describe(
      'Words and phrases that are refused, whole words in any case. `*` in a word stands for any letters (`spam*`), `?` for one.',
    ),
  message: message(
    'Your message was not accepted in this room: it contains a word or phrase that is not allowed here.',
  ),
  harms: z
    .array(z.string().min(1).max(255))
    .max(10)
    .default([HARMS.spam])
    .describe('Harm ids sent along with the refusal.'),
});

const mentions = z.strictObject({
  max: z
    .int()
    .min(0)
    .max(1000)
    .default(20)
    .describe(
      'Most users that one event may mention, each counted once, in `m.mentions`, text or links. 0 switches it off.',
    ),
  message: message('Your message was not accepted in this room: it mentions too many people.'),
});

const media = z.strictObject({
  refuse: z
    .array(z.enum(MEDIA_KINDS))
    .default([])
    .describe('Kinds of media that are refused; voice messages are `voice`, not `audio`.'),
  message: message('Your message was not accepted in this room: this kind of media is not allowed here.'),
});

export const CONFIGURED_FILTERS = {
  test_string: {
    summary:
      'Refuses every event that holds the GTUBE test string, by whomever, so that anyone can see the protection work.',
    settings: z.strictObject({}),
  },
  words: {
    summary:
      'Refuses events with listed words or phrases in their readable text: body, formatted body, edits, reactions, topic and names.',
    settings: words,
  },
  mentions: { summary: 'Refuses events that mention more users than allowed.', settings: mentions },
  media: {
    summary: 'Refuses kinds of media: images, videos, audio, voice messages, files, stickers, locations.',
    settings: media,
  },
} as const;

/** Settings of each by its name; what is left out has its defaults. */
export const filterSettings = z.strictObject({
  test_string: CONFIGURED_FILTERS.test_string.settings.prefault({}),
  words: words.prefault({}),
  mentions: mentions.prefault({}),
  media: media.prefault({}),
});

export type FilterSettings = z.infer<typeof filterSettings>;

/** The same as rules, by name, in the form that people write. */
export function rulesOfFilters(settings: FilterSettings): ReadonlyMap<string, RuleInput> {
  const rules = new Map<string, RuleInput>();
  rules.set('test_string', {
    description: CONFIGURED_FILTERS.test_string.summary,
    when: { test_string: {} },
    message:
      'This message holds the test string for spam filters, so it was refused: the protection of this room works.',
    exempt: { nobody: true },
    order: 1,
  });
  if (settings.words.words.length > 0) {
    const { words: list, message: text, harms } = settings.words;
    rules.set('words', ruleOf('words', { words: list }, text, harms, 20));
  }
  if (settings.mentions.max > 0) {
    const { max, message: text } = settings.mentions;
    rules.set('mentions', ruleOf('mentions', { more_than: max }, text, [HARMS.flooding], 30));
  }
  if (settings.media.refuse.length > 0) {
    const { refuse, message: text } = settings.media;
    rules.set('media', ruleOf('media', { kinds: refuse }, text, [HARMS.prohibited], 40));
  }
  return rules;
}

function ruleOf(
  check: keyof typeof CONFIGURED_FILTERS,
  settings: object,
  text: string,
  harms: string[],
  order: number,
): RuleInput {
  const { summary } = CONFIGURED_FILTERS[check];
  return { description: summary, when: { [check]: settings }, message: text, harms, order };
}
