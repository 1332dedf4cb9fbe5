/** Settings of another policy server as rules, with what became of each. */
import type { RuleInput } from '../rules/rule-document.ts';

export interface ImportedRules {
  /** A part of a layer of settings. */
  readonly rules: Readonly<Record<string, RuleInput>>;
  readonly report: readonly ImportNote[];
}

export interface ImportNote {
  /** Name of the filter as policyserv calls it, or the key where it belongs to none. */
  readonly what: string;
  readonly keys: readonly string[];
  /** `differs`: carried over, and not the same in everything. */
  readonly outcome: 'carried_over' | 'differs' | 'not_needed' | 'not_carried_over' | 'unknown';
  /** Whether its settings stand in the file, or are policyserv's defaults. */
  readonly from: 'file' | 'default';
  readonly rules: readonly string[];
  /** What is other than there, or why it is not carried over and what to do. */
  readonly notes: readonly string[];
}
