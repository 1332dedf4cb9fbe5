/** What a filter is: one file, one table test, one entry in `registry.ts`. */
import type { ZodType } from 'zod';
import type { Pdu } from '../../protocol/events.ts';
import type { Facts } from '../facts.ts';
import type { Evidence, Refusal } from '../verdict.ts';

export type FilterResult =
  /** Nothing to say: the next filter is asked. */
  | { readonly verdict: 'neutral' }
  /** Signed, whatever later filters would say. */
  | { readonly verdict: 'allow'; readonly evidence: readonly Evidence[] }
  | ({ readonly verdict: 'refuse'; readonly evidence: readonly Evidence[] } & Refusal);

/** Judges one event. Pure, synchronous and total: no clock, no randomness, no exception because of what an event holds. */
export type Check = (pdu: Pdu, facts: Facts) => FilterResult;

/** A fact that a filter rests on; gathered before it is asked. */
export type FactName = keyof Facts;

export interface Filter<Settings = unknown> {
  /** Its name in settings and verdicts, snake_case. */
  readonly name: string;
  /** One sentence for documentation. */
  readonly summary: string;
  readonly settings: ZodType<Settings>;
  readonly needs: readonly FactName[];
  /** Whether moderators are judged too. */
  readonly judgesModerators: boolean;
  /** What it means when the filter itself fails. */
  readonly onFailure: 'skip' | 'refuse' | 'busy';
  /** Prepares the check, once per change of settings; `undefined` where the settings switch it off. */
  compile(settings: Settings): Check | undefined;
}

export const NEUTRAL: FilterResult = { verdict: 'neutral' };

/** Longest matched text that evidence keeps, in UTF-16 units. */
const MAX_MATCHED = 200;

export function excerpt(text: string): string {
  return text.length <= MAX_MATCHED ? text : `${text.slice(0, MAX_MATCHED - 1)}…`;
}
