/** All filters, by the name that rules use. */
import type { DefinedFilter } from './filter.ts';
import { media } from './media.ts';
import { mentions } from './mentions.ts';
import { testString } from './test-string.ts';
import { words } from './words.ts';

export const FILTERS: readonly DefinedFilter[] = [testString, words, mentions, media];

const byName: ReadonlyMap<string, DefinedFilter> = new Map(FILTERS.map((filter) => [filter.name, filter]));

export function filterNamed(name: string): DefinedFilter | undefined {
  return byName.get(name);
}
