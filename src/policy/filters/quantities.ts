/** Settings that are quantities, as people write them. */
import * as z from 'zod';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

const DURATION_WANTED = 'expected a time such as "90s", "10m", "24h" or "7d"';

/** A time such as "90s", "10m", "24h" or "7d"; read as milliseconds. */
export const duration = z
  .string({ error: DURATION_WANTED })
  .regex(/^\d{1,9}(?:ms|s|m|h|d|w)$/, { error: DURATION_WANTED })
  .transform((text) => {
    const [, count = '', unit = ''] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
    return Number(count) * (UNITS.get(unit) ?? 0);
  });

const SIZES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['kB', 1_000],
  ['MB', 1_000_000],
  ['GB', 1_000_000_000],
]);

/** A size such as "500kB" or "10MB" (1 kB = 1,000 bytes) or a number of bytes; read as bytes. */
export const byteSize = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,9} ?(?:kB|MB|GB)?$/, { error: 'expected a size such as "500kB" or "10MB"' })
    .transform((text) => {
      const [, count = '', unit = ''] = /^(\d+) ?([a-zA-Z]*)$/.exec(text) ?? [];
      return Number(count) * (SIZES.get(unit) ?? 0);
    }),
]);

/** A time as people write it, in its largest whole unit. */
export function formatDuration(ms: number): string {
  let text = `${String(ms)}ms`;
  for (const [unit, size] of UNITS) if (ms >= size && ms % size === 0) text = `${String(ms / size)}${unit}`;
  return text;
}
