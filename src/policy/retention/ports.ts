/** What forgetting needs of storage: what is kept of events beside and inside verdicts, and a way to take it out. */
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { Verdict } from '../verdict.ts';

/** One revision of a verdict, with the event where that is kept. */
export interface KeptContent {
  /** As in `VerdictLog`. */
  readonly position: number;
  readonly verdict: Verdict;
  /** Canonical JSON. */
  readonly event: string | undefined;
}

/** What stands in the place of what verdicts quoted; all else of them stays as it is. */
export interface ForgottenContent extends Pick<Verdict, 'eventId' | 'evidence' | 'flags' | 'shadow' | 'facts'> {
  readonly position: number;
}

/** What is kept of judged events: removed for good, in pieces that the caller chooses. */
export interface ContentStore {
  /** Those whose events are kept and were judged before a time, oldest first, at most `limit`. */
  keptBefore(time: number, limit: number): Promise<readonly KeptContent[]>;
  /**
   * Verdicts about events of a sender after a position, in order, whether or not the events are kept. Looks at a bounded
   * number; `next` is where to go on, `undefined` at the end.
   */
  ofSender(
    sender: UserId,
    after: number,
  ): Promise<{ readonly found: readonly KeptContent[]; readonly next: number | undefined }>;
  /** Removes the events, and puts these words in the place of the verdicts' own. Durable once resolved. */
  forget(contents: readonly ForgottenContent[]): Promise<void>;
  /** Replaces what was said in appeals against verdicts about events of a sender; says in how many. Durable once resolved. */
  forgetStatements(sender: UserId, instead: string): Promise<number>;
  /** In how many that would be. */
  countStatements(sender: UserId, instead: string): Promise<number>;
  /** Nothing of what was removed is left in the files. */
  scrub(): Promise<void>;
}
