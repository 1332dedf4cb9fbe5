/** What differs between two documents, value by value. */
import { formatPath, type Path } from '../../config/mistakes.ts';

export interface DocumentChange {
  readonly path: string;
  /** JSON; left out where there was nothing, or is nothing now. */
  readonly old?: unknown;
  readonly new?: unknown;
}

/** In the order of the old document, what is new at the end. Lists are compared as a whole. */
export function changesBetween(before: unknown, after: unknown): readonly DocumentChange[] {
  return compare(before, after, []);
}

function compare(before: unknown, after: unknown, path: Path): DocumentChange[] {
  const [old, now] = [sectionOf(before), sectionOf(after)];
  if ((old === undefined && before !== undefined) || (now === undefined && after !== undefined)) {
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    return [changeAt(path, before, after)];
  }
  const keys = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  // A section that appears or goes is told value by value; an empty one has none.
  if (keys.size === 0) return old === undefined || now === undefined ? [changeAt(path, before, after)] : [];
  return [...keys].flatMap((key) => compare(old?.get(key), now?.get(key), [...path, key]));
}

function changeAt(path: Path, before: unknown, after: unknown): DocumentChange {
  const change = { ...(before === undefined ? {} : { old: before }), ...(after === undefined ? {} : { new: after }) };
  return { path: formatPath(path), ...change };
}

function sectionOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map<string, unknown>(Object.entries(value));
}
