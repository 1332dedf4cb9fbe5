/** At most so many at once; the others wait, first come first served. How many wait is bounded by the limits of each origin. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function takeTurns(limit: number): InTurn {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // A turn goes straight to the next in line.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
