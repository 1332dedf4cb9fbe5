/** Answers of `/sign` by the bytes they were given for: every server in a room asks about the same event, mostly in the same. */
import { LRUCache } from 'lru-cache';
import type { SignOutcome } from './sign-outcome.ts';

/** About 400 bytes each. */
const MAX_ANSWERS = 32_768;

export class RememberedAnswers {
  readonly #answers = new LRUCache<string, SignOutcome>({ max: MAX_ANSWERS });
  #generation = 0;

  /** Changes whenever all answers are forgotten: what was worked out before that may be out of date. */
  get generation(): number {
    return this.#generation;
  }

  find(key: string): SignOutcome | undefined {
    return this.#answers.get(key);
  }

  /** Verdicts alone are remembered, and only those that nothing has changed since `begun`. */
  remember(key: string, outcome: SignOutcome, begun: number): void {
    const isVerdict = outcome.type === 'signed' || outcome.type === 'refused';
    if (isVerdict && begun === this.#generation) this.#answers.set(key, outcome);
  }

  /** After a moderator has changed a verdict: rare enough to begin anew with all of them. */
  forget(): void {
    this.#generation += 1;
    this.#answers.clear();
  }
}
