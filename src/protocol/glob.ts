/** Glob-style matching (appendices, "Glob-style matching"): `*` is any run of characters, `?` is one. */

export type GlobMatcher = (text: string) => boolean;

/** Compiles a pattern that must cover the whole text. */
export function compileGlob(pattern: string, options: { ignoreCase: boolean }): GlobMatcher {
  const fold = (text: string): string => (options.ignoreCase ? text.toLowerCase() : text);
  const wanted = [...fold(pattern).replace(/\*+/g, '*')];
  if (!wanted.includes('*') && !wanted.includes('?')) {
    const exact = wanted.join('');
    return (text) => fold(text) === exact;
  }
  if (!wanted.includes('?')) {
    const parts = wanted.join('').split('*');
    return (text) => holdsInOrder(parts, fold(text));
  }
  return (text) => matches(wanted, [...fold(text)]);
}

/** The text begins with the first part and ends in the last, the others stand between them, each behind the one before. */
function holdsInOrder(parts: readonly string[], text: string): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return from <= end;
}

/** Goes back to the last star alone, so that the cost is at most the product of the two lengths. */
function matches(wanted: readonly string[], text: readonly string[]): boolean {
  let w = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (w < wanted.length && wanted[w] === '*') {
      star = w;
      resume = t;
      w += 1;
    } else if (w < wanted.length && (wanted[w] === '?' || wanted[w] === text[t])) {
      w += 1;
      t += 1;
    } else if (star !== -1) {
      w = star + 1;
      resume += 1;
      t = resume;
    } else {
      return false;
    }
  }
  while (wanted[w] === '*') w += 1;
  return w === wanted.length;
}
