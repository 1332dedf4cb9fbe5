/** Lists of domains in settings. */
import { compileGlob, type GlobMatcher } from '../../protocol/glob.ts';
import { asciiHost, isPublicSuffix } from '../reading/link-target.ts';

/** The first entry that a host (lower case, ASCII) falls under, as it was written. */
export type DomainFinder = (host: string) => string | undefined;

/**
 * A name stands for itself and what is below it; with wildcards it must cover the whole host. `trusting`: a name below
 * which anybody can register (`github.io`) stands for itself alone.
 */
export function compileDomainList(entries: readonly string[], options: { trusting: boolean }): DomainFinder {
  const names = new Map<string, { entry: string; withSubdomains: boolean }>();
  const wild: { entry: string; matches: GlobMatcher }[] = [];
  for (const entry of entries) {
    if (/[*?]/.test(entry)) wild.push({ entry, matches: compileGlob(entry, { ignoreCase: true }) });
    else {
      const name = asciiHost(entry.replace(/^\.+/, '')) ?? entry.toLowerCase();
      names.set(name, { entry, withSubdomains: !(options.trusting && isPublicSuffix(name)) });
    }
  }
  return (host) => {
    for (let at = 0; at !== -1; at = nextPart(host, at)) {
      const found = names.get(host.slice(at));
      if (found !== undefined && (at === 0 || found.withSubdomains)) return found.entry;
    }
    return wild.find(({ matches }) => matches(host))?.entry;
  };
}

/** Where the name of the next higher domain begins. */
function nextPart(host: string, at: number): number {
  const dot = host.indexOf('.', at);
  return dot === -1 ? -1 : dot + 1;
}
