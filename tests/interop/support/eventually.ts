/** How long a condition may take on a machine that is busy with everything else. */
const patience = 30_000;
const interval = 40;

/**
 * Asks again and again until `attempt` gives something other than `undefined` or `false`. Fails with what was waited
 * for and, if given, what was seen last.
 */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  options: { timeout?: number; seen?: () => unknown } = {},
): Promise<T> {
  const deadline = Date.now() + (options.timeout ?? patience);
  for (;;) {
    const result = await attempt();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) {
      const seen = options.seen === undefined ? '' : `; last seen: ${JSON.stringify(options.seen())}`;
      throw new Error(`waited in vain for ${what}${seen}`);
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
