/** What a filter is: one kind of check, one file, one table test, one entry in `registry.ts`. */
import type { ZodType, z } from 'zod';
import type { RemoteKind } from '../../config/remote-checks.ts';
import type { Answers } from '../answers.ts';
import type { Facts } from '../facts.ts';
import type { EventReading } from '../reading/event-reading.ts';
import type { Evidence } from '../verdict.ts';

export type CheckResult =
  | { readonly matched: 'no' }
  | { readonly matched: 'yes'; readonly evidence: readonly Evidence[] }
  /** Rests on an answer that is not there yet. */
  | { readonly matched: 'pending' }
  /** Could not be found out: neither yes nor no. */
  | { readonly matched: 'failed'; readonly detail: string };

/** Looks at one event. Synchronous and total: no clock, no randomness, no exception because of what an event holds. */
export type Check = (event: EventReading, facts: Facts) => CheckResult;

/** What a filter rests on beside the event itself; for documentation. */
export type FactName =
  | 'power_level'
  | 'membership'
  | 'history_of_the_sender'
  | 'counters'
  | 'recent_events'
  | 'policy_lists'
  | 'names_of_moderators'
  | 'names_of_members'
  | 'remote_services'
  | 'time';

/** What it means for a rule that a check of it failed: it does not apply, it applies, or there is no verdict now. */
export type OnFailure = 'skip' | 'refuse' | 'busy';

/** What rules refer to by name. */
export interface CompileContext {
  readonly wordLists: ReadonlyMap<string, readonly string[]>;
  /** Configured endpoints; `undefined` where they are not known, and any name will do. */
  readonly remoteChecks?: ReadonlyMap<string, RemoteKind> | undefined;
}

/** Settings in the form that people write them, with an event that matches and one that does not: docs show it, tests run it. */
export interface FilterExample {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly matches: ExampleEvent;
  readonly ignores: ExampleEvent;
}

export interface ExampleEvent {
  readonly type?: string;
  readonly stateKey?: string;
  readonly sender?: string;
  /** Plain JSON. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Answers to what the check asks, by kind of question. */
  readonly answers?: Partial<Answers>;
  readonly powerLevel?: number;
  /** Membership of the sender before the event; `join` where left out. */
  readonly membership?: string;
  /** Display name of the sender before the event. */
  readonly displayName?: string;
  /** Other top-level fields; plain JSON. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** When it is judged, in milliseconds since 1970; noon of the first day of 2026 where left out. */
  readonly now?: number;
  /** How long before it is judged the event claims to have been made. */
  readonly agoMs?: number;
  /** The key with which the sender's server signs it: 32 bytes in base64. */
  readonly seed?: { readonly keyId: string; readonly seed: string };
}

export interface Filter<Settings = unknown> {
  /** Its name in rules and documentation, snake_case. */
  readonly name: string;
  /** One sentence: what matches. */
  readonly summary: string;
  readonly settings: ZodType<Settings>;
  readonly needs: readonly FactName[];
  /** Whether it looks at what encryption hides: of encrypted events it can say nothing. */
  readonly readsContent: boolean;
  /** What its failure means where the rule does not say. */
  readonly onFailure: OnFailure;
  readonly example: FilterExample;
  /** What is wrong with settings beyond their form, e.g. a name that stands for nothing. */
  readonly mistakes?: (settings: Settings, context: CompileContext) => readonly z.core.$ZodIssue[];
  /** Prepares the check, once per change of settings. */
  readonly compile: (settings: Settings, context: CompileContext) => Check;
}

export type Prepared =
  { readonly ok: true; readonly check: Check } | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };

/** A filter whose settings are checked when it is prepared. */
export interface DefinedFilter extends Omit<Filter, 'compile' | 'mistakes'> {
  readonly prepare: (settings: unknown, context: CompileContext) => Prepared;
}

export function defineFilter<Settings>(filter: Filter<Settings>): DefinedFilter {
  const { name, summary, settings, needs, readsContent, onFailure, example, compile } = filter;
  const { mistakes = () => [] } = filter;
  return {
    ...{ name, summary, settings, needs, readsContent, onFailure, example },
    prepare: (given, context) => {
      const read = settings.safeParse(given);
      if (!read.success) return { ok: false, issues: read.error.issues };
      const issues = mistakes(read.data, context);
      if (issues.length > 0) return { ok: false, issues };
      return { ok: true, check: compile(read.data, context) };
    },
  };
}

export const NO_MATCH: CheckResult = { matched: 'no' };
export const PENDING: CheckResult = { matched: 'pending' };

export function matchOf(...evidence: readonly Evidence[]): CheckResult {
  return { matched: 'yes', evidence };
}

/** A match where there is evidence. */
export function matchWhere(evidence: readonly Evidence[]): CheckResult {
  return evidence.length === 0 ? NO_MATCH : { matched: 'yes', evidence };
}

/** Longest matched text that evidence keeps, in UTF-16 units. */
const MAX_MATCHED = 200;

export function excerpt(text: string): string {
  return text.length <= MAX_MATCHED ? text : `${text.slice(0, MAX_MATCHED - 1)}…`;
}
