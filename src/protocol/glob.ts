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
  return (text) => matches(wanted, charactersOf(fold(text)));
}

/** Where every character is one unit, the text itself will do. */
function charactersOf(text: string): ArrayLike<string> {
  return /[\ud800-\udfff]/.test(text) ? [...text] : text;
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

/** Steps of going back, as a multiple of both lengths, before a pattern counts as made to be slow. */
const PATIENCE = 8;

/** Goes back to the last star alone, which is quick for what people write; what is not is matched by bits. */
function matches(wanted: readonly string[], text: ArrayLike<string>): boolean {
  let w = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  let patience = PATIENCE * (wanted.length + text.length);
  while (t < text.length) {
    patience -= 1;
    if (patience < 0) return matchesByBits(wanted, text);
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

const BITS = 32;

/** Bit n of a set says that the first n characters of the pattern, stars aside, may be read so far: a word of them a step. */
function matchesByBits(wanted: readonly string[], text: ArrayLike<string>): boolean {
  const characters = wanted.filter((one) => one !== '*');
  const words = Math.floor(characters.length / BITS) + 1;
  const stays = new Uint32Array(words);
  const any = new Uint32Array(words);
  const reads = new Map<string, Uint32Array>();
  let read = 0;
  for (const one of wanted) {
    if (one === '*') {
      setBit(stays, read);
      continue;
    }
    read += 1;
    if (one === '?') setBit(any, read);
    else {
      const places = reads.get(one) ?? new Uint32Array(words);
      setBit(places, read);
      reads.set(one, places);
    }
  }
  const reached = new Uint32Array(words);
  setBit(reached, 0);
  for (let place = 0; place < text.length; place += 1) {
    const places = reads.get(text[place] ?? '');
    let carry = 0;
    for (let at = 0; at < words; at += 1) {
      const before = reached[at] ?? 0;
      const next = ((before << 1) | carry) & ((any[at] ?? 0) | (places?.[at] ?? 0));
      carry = before >>> (BITS - 1);
      reached[at] = next | (before & (stays[at] ?? 0));
    }
  }
  return ((reached[words - 1] ?? 0) & (1 << (characters.length % BITS))) !== 0;
}

function setBit(set: Uint32Array, bit: number): void {
  const word = Math.floor(bit / BITS);
  set[word] = (set[word] ?? 0) | (1 << (bit % BITS));
}
