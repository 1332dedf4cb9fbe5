/** Lists of globs in settings. */
import * as z from 'zod';
import { compileGlob, type GlobMatcher } from '../../protocol/glob.ts';
import { splitServerName } from '../../protocol/ids/server-name.ts';

/** `*` stands for any characters, `?` for one. */
export const globList = z.array(z.string().min(1).max(255)).max(10_000);

/** The first glob of the list that covers the text, as it was written. */
export type GlobFinder = (text: string) => string | undefined;

/** Entries without wildcards cost one look-up, however many they are. */
export function compileGlobList(globs: readonly string[], options: { ignoreCase: boolean }): GlobFinder {
  const fold = (text: string): string => (options.ignoreCase ? text.toLowerCase() : text);
  const exact = new Map<string, string>();
  const wild: { glob: string; matches: GlobMatcher }[] = [];
  for (const glob of globs) {
    if (/[*?]/.test(glob)) wild.push({ glob, matches: compileGlob(glob, options) });
    else exact.set(fold(glob), glob);
  }
  return (text) => exact.get(fold(text)) ?? wild.find(({ matches }) => matches(text))?.glob;
}

/** For names of servers: case does not count, nor a port unless the glob has one. */
export function compileServerGlobs(globs: readonly string[]): GlobFinder {
  const find = compileGlobList(globs, { ignoreCase: true });
  return (name) => find(name) ?? find(withoutPort(name));
}

function withoutPort(name: string): string {
  const split = splitServerName(name);
  return split?.port === undefined ? name : name.slice(0, name.lastIndexOf(':'));
}
