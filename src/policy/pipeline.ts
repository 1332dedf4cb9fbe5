/** Decide: from an event, facts and compiled rules to a decision. Pure and deterministic. */
import { isDeparture, type Facts, type PrecedentFact } from './facts.ts';
import type { OnFailure } from './filters/filter.ts';
import { redactedEvent } from './memory/redaction-target.ts';
import type { EventReading } from './reading/event-reading.ts';
import type { CompiledRule } from './rules/compiled-policy.ts';
import type { CheckFailure, Truth } from './rules/condition.ts';
import type { Evidence, Refusal, RuleMatch, ShadowMatch } from './verdict.ts';

export interface DecisionRecord {
  readonly decidedBy: string;
  readonly evidence: readonly Evidence[];
  /** Rules that want people to look at the event. */
  readonly flags: readonly RuleMatch[];
  /** What rules in shadow would have done. */
  readonly shadow: readonly ShadowMatch[];
}

export type Decision =
  | ({ readonly outcome: 'sign' } & DecisionRecord)
  | ({ readonly outcome: 'refuse' } & DecisionRecord & Refusal)
  /** A check failed that may not be skipped: no verdict. */
  | { readonly outcome: 'busy'; readonly decidedBy: string; readonly detail: string }
  /** Answers are on their way: decide again when they are there. */
  | { readonly outcome: 'pending' };

/** A check that a rule could not do without, and what its failure meant. */
export interface FailedCheck {
  readonly check: string;
  readonly meaning: OnFailure;
}

/**
 * Asks the rules in their order; the first that refuses or allows decides. Without objection an event is signed. What
 * failed in rules that were asked is told of: the decision does not say what was skipped.
 */
export function decide(
  event: EventReading,
  facts: Facts,
  rules: readonly CompiledRule[],
  onFailedCheck?: (failed: FailedCheck) => void,
): Decision {
  if (facts.concernsBot) return signed('bot_membership');
  if (isDeparture(event.pdu)) return signed('departure');
  const own = isOwnRedaction(event, facts);
  if (own === 'pending') return { outcome: 'pending' };
  if (own) return signed('own_redaction');
  if (facts.precedent !== undefined && holdsFor(facts.precedent, facts)) return byPrecedent(facts.precedent);
  const flags: RuleMatch[] = [];
  const shadow: ShadowMatch[] = [];
  let decided: Decided | undefined;
  for (const rule of rules) {
    if (decided !== undefined && rule.mode === 'on') continue;
    const result = resultOf(rule, rule.applies(event, facts), onFailedCheck);
    if (result.type === 'pending') return { outcome: 'pending' };
    if (result.type === 'nothing') continue;
    if (rule.mode === 'shadow') {
      if (result.type === 'matched') shadow.push({ rule: rule.name, action: rule.action, evidence: result.evidence });
    } else if (result.type === 'busy') return { outcome: 'busy', decidedBy: rule.name, detail: result.detail };
    else if (result.type === 'matched' && rule.action === 'flag') {
      flags.push({ rule: rule.name, evidence: result.evidence });
    } else decided = { rule, ...result };
  }
  return finalDecision(decided, facts, { flags, shadow });
}

interface Decided {
  readonly rule: CompiledRule;
  readonly type: 'matched' | 'closed';
  readonly evidence: readonly Evidence[];
}

function finalDecision(
  decided: Decided | undefined,
  facts: Facts,
  record: Pick<DecisionRecord, 'flags' | 'shadow'>,
): Decision {
  if (decided === undefined) {
    return { outcome: 'sign', decidedBy: facts.senderIsModerator ? 'moderator' : 'none', evidence: [], ...record };
  }
  const { rule, evidence } = decided;
  if (decided.type === 'closed') {
    const message = 'Your message could not be checked, so it was not accepted.';
    return { outcome: 'refuse', decidedBy: rule.name, message, harms: [], evidence, ...record };
  }
  if (rule.action === 'allow') return { outcome: 'sign', decidedBy: rule.name, evidence, ...record };
  const { message, harms } = rule;
  return { outcome: 'refuse', decidedBy: rule.name, message, harms, evidence, ...record };
}

function signed(decidedBy: string): Decision {
  return { outcome: 'sign', decidedBy, evidence: [], flags: [], shadow: [] };
}

/** Moderators may quote what is refused from everybody else. */
function holdsFor({ action }: PrecedentFact, { senderIsModerator }: Facts): boolean {
  return action === 'allow' || !senderIsModerator;
}

/** A moderator has decided about the same content: no rule is asked. */
function byPrecedent({ action, reference }: PrecedentFact): Decision {
  const evidence = [{ path: 'content', note: `decided as ${reference} was` }];
  const record = { decidedBy: 'precedent', evidence, flags: [], shadow: [] };
  if (action === 'allow') return { outcome: 'sign', ...record };
  const message = 'A moderator of this room did not accept this message before.';
  return { outcome: 'refuse', message, harms: [], ...record };
}

/**
 * People may always take back what they said. What they redact may be older than all that is known here; who cannot
 * redact what others sent can mean nothing but what is their own (rooms/v3, "Handling redactions").
 */
function isOwnRedaction({ pdu }: EventReading, facts: Facts): boolean | 'pending' {
  if (pdu.type !== 'm.room.redaction') return false;
  const target = facts.ask('redactionTarget', { key: 'target' });
  if (target.state === 'pending') return 'pending';
  if (target.state === 'known' && target.value !== null) return target.value === pdu.sender;
  return !facts.senderIsModerator && redactedEvent(pdu) !== undefined;
}

type RuleResult =
  | { readonly type: 'nothing' }
  | { readonly type: 'pending' }
  | { readonly type: 'matched'; readonly evidence: readonly Evidence[] }
  /** Could not be found out, and the rule applies in that case. */
  | { readonly type: 'closed'; readonly evidence: readonly Evidence[] }
  | { readonly type: 'busy'; readonly detail: string };

function resultOf(
  rule: CompiledRule,
  truth: Truth,
  onFailedCheck: ((failed: FailedCheck) => void) | undefined,
): RuleResult {
  if (truth.value === 'false') return NOTHING;
  if (truth.value === 'true') return { type: 'matched', evidence: truth.evidence };
  if (truth.isPending) return { type: 'pending' };
  const [first] = truth.failures;
  if (first === undefined) return NOTHING;
  const meaning = rule.mode === 'shadow' ? 'skip' : (rule.onFailure ?? gravest(truth.failures));
  for (const { check } of truth.failures) onFailedCheck?.({ check, meaning });
  switch (meaning) {
    case 'skip':
      return NOTHING;
    case 'busy':
      return { type: 'busy', detail: detailOf(first) };
    case 'refuse':
      return { type: 'closed', evidence: [{ path: 'content', check: first.check, note: detailOf(first) }] };
  }
}

const NOTHING: RuleResult = { type: 'nothing' };

function gravest(failures: readonly CheckFailure[]): OnFailure {
  const means = new Set(failures.map((failure) => failure.means));
  if (means.has('busy')) return 'busy';
  return means.has('refuse') ? 'refuse' : 'skip';
}

function detailOf({ check, detail }: CheckFailure): string {
  return `${check}: ${detail}`;
}
