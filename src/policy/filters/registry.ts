/** All filters, in the order in which they are asked. */
import * as z from 'zod';
import type { Check, Filter } from './filter.ts';
import { media } from './media.ts';
import { mentions } from './mentions.ts';
import { testString } from './test-string.ts';
import { words } from './words.ts';

export const FILTERS = { test_string: testString, words, mentions, media } as const;

/** Settings of every filter by its name; what is left out has its defaults. */
export const filterSettings = z.strictObject({
  test_string: testString.settings.prefault({}),
  words: words.settings.prefault({}),
  mentions: mentions.settings.prefault({}),
  media: media.settings.prefault({}),
});

export type FilterSettings = z.infer<typeof filterSettings>;

export interface CompiledFilter {
  readonly filter: Pick<Filter, 'name' | 'judgesModerators' | 'onFailure'>;
  readonly check: Check;
}

/** The filters that the settings switch on, ready to be asked. */
export function compileFilters(settings: FilterSettings): readonly CompiledFilter[] {
  return [
    compiled(testString, settings.test_string),
    compiled(words, settings.words),
    compiled(mentions, settings.mentions),
    compiled(media, settings.media),
  ].flat();
}

function compiled<Settings>(filter: Filter<Settings>, settings: Settings): readonly CompiledFilter[] {
  const check = filter.compile(settings);
  return check === undefined ? [] : [{ filter, check }];
}
