/**
 * How often things happened, and when: exact for what is recent, ever coarser for what is older. Times are kept as steps of
 * 32 ms; what happened longer ago than seven days is forgotten. Neighbours are put together where both lie within a 32nd
 * of their age, so that a count over any window is never more than what happened in it, and misses at most what happened
 * in its oldest 32nd.
 */

export const LONGEST_MS = 7 * 86_400_000;
export const STEP_MS = 32;
/** Which share of a window a count may miss, at its old end. */
export const ERROR_SHARE = 1 / 32;

const LONGEST = LONGEST_MS / STEP_MS;
/** First step, last step, tag and count in one number. */
const WIDTH = 3;
const COUNT_LIMIT = 2 ** 24;
/** Records are put together when there are twice as many as were left the last time. */
const FIRST_TIDYING = 16;

/** What is counted apart: a number below 2^29. */
export type Tag = number;

export class Series {
  /** Ordered by first step. */
  #records: number[] = [];
  #tidyAt = FIRST_TIDYING;
  readonly #most: number;

  /** Where more than `most` records would be kept, older ones get coarser. */
  constructor(most = 2048) {
    this.#most = most;
  }

  /** How many numbers it holds: for those who bound memory. */
  get size(): number {
    return this.#records.length;
  }

  add(step: number, tag: Tag, count: number): void {
    const records = this.#records;
    const added = tag * COUNT_LIMIT + Math.min(count, COUNT_LIMIT - 1);
    let at = records.length;
    // Verdicts come nearly in the order of their times.
    while (at > 0 && (records[at - WIDTH] ?? 0) > step) at -= WIDTH;
    for (let same = at - WIDTH; same >= 0 && (records[same] ?? 0) === step; same -= WIDTH) {
      const known = records[same + 2] ?? 0;
      if (records[same + 1] !== step || !canAdd(known, added)) continue;
      records[same + 2] = known + countIn(added);
      return;
    }
    if (at === records.length) records.push(step, step, added);
    else records.splice(at, 0, step, step, added);
    if (records.length / WIDTH >= this.#tidyAt) this.#tidy();
  }

  /** All that happened since a step, the latest first. */
  since(step: number, visit: (tag: Tag, count: number) => void): void {
    const records = this.#records;
    for (let at = records.length - WIDTH; at >= 0 && (records[at] ?? 0) >= step; at -= WIDTH) {
      const value = records[at + 2] ?? 0;
      visit(tagIn(value), countIn(value));
    }
  }

  /** How often something happened since a step, of the tags below 32 that have a bit in `tags`. */
  sumSince(step: number, tags: number): number {
    const records = this.#records;
    let sum = 0;
    for (let at = records.length - WIDTH; at >= 0 && (records[at] ?? 0) >= step; at -= WIDTH) {
      const value = records[at + 2] ?? 0;
      const tag = Math.floor(value / COUNT_LIMIT);
      if (((tags >>> tag) & 1) === 1) sum += value - tag * COUNT_LIMIT;
    }
    return sum;
  }

  /** What happened since a step, with that too which began before it and went on afterwards. */
  touching(step: number, visit: (tag: Tag) => void): void {
    const records = this.#records;
    for (let at = records.length - WIDTH; at >= 0; at -= WIDTH) {
      if ((records[at + 1] ?? 0) >= step) visit(tagIn(records[at + 2] ?? 0));
    }
  }

  #tidy(): void {
    let kept = tidied(this.#records, ERROR_SHARE);
    for (let share = ERROR_SHARE * 2; kept.length / WIDTH > this.#most && share < 1; share *= 2) {
      kept = tidied(kept, share);
    }
    this.#records = kept.length / WIDTH > this.#most ? kept.slice(-this.#most * WIDTH) : kept;
    this.#tidyAt = Math.max(FIRST_TIDYING, (this.#records.length / WIDTH) * 2);
  }
}

function tagIn(value: number): Tag {
  return Math.floor(value / COUNT_LIMIT);
}

function countIn(value: number): number {
  return value % COUNT_LIMIT;
}

/** Whether both are of one tag, and their counts together can be kept. */
function canAdd(a: number, b: number): boolean {
  return tagIn(a) === tagIn(b) && countIn(a) + countIn(b) < COUNT_LIMIT;
}

function tidied(records: readonly number[], share: number): number[] {
  const now = records[records.length - WIDTH] ?? 0;
  const kept: number[] = [];
  /** Where the record of a tag stands that may take more. */
  const open = new Map<Tag, number>();
  for (let at = 0; at < records.length; at += WIDTH) {
    const [first, last, value] = [records[at] ?? 0, records[at + 1] ?? 0, records[at + 2] ?? 0];
    if (now - last > LONGEST) continue;
    const into = open.get(tagIn(value));
    const isNear = into !== undefined && last - (kept[into] ?? 0) <= (now - last) * share;
    if (isNear && canAdd(kept[into + 2] ?? 0, value)) {
      kept[into + 1] = Math.max(kept[into + 1] ?? 0, last);
      kept[into + 2] = (kept[into + 2] ?? 0) + countIn(value);
    } else {
      open.set(tagIn(value), kept.length);
      kept.push(first, last, value);
    }
  }
  return kept;
}
