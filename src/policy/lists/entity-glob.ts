/** Globs on ids, made for many: what of them is literal can be looked for before the whole is tried. */
import { compileGlob, type GlobMatcher } from '../../protocol/glob.ts';

export interface EntityGlob {
  readonly matches: GlobMatcher;
  /** Literal runs between wildcards, in order; none is empty. */
  readonly literals: readonly string[];
  /** What every match ends with; empty where the glob ends with a wildcard. */
  readonly suffix: string;
}

export function isGlob(entity: string): boolean {
  return entity.includes('*') || entity.includes('?');
}

export function compileEntityGlob(pattern: string): EntityGlob {
  const literals = pattern.split(/[*?]+/).filter((literal) => literal !== '');
  const suffix = pattern.slice(Math.max(pattern.lastIndexOf('*'), pattern.lastIndexOf('?')) + 1);
  return { matches: pattern.includes('?') ? exactMatcher(pattern) : starMatcher(pattern), literals, suffix };
}

/** `?` is one character, which may be two units of the text: the exact matcher knows, and is asked where the rest fits. */
function exactMatcher(pattern: string): GlobMatcher {
  const fits = starMatcher(pattern.replace(/[*?]+/g, '*'));
  let exact: GlobMatcher | undefined;
  return (text) => fits(text) && (exact ??= compileGlob(pattern, { ignoreCase: false }))(text);
}

/** Of globs with stars alone: each literal at the first place where it is found, the last one at the end. */
function starMatcher(pattern: string): GlobMatcher {
  const parts = pattern.split(/\*+/);
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return (text) => text === pattern;
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
