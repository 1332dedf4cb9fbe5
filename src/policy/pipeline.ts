/** Decide: from an event, facts and compiled filters to a decision. Pure and deterministic. */
import type { Pdu } from '../protocol/events.ts';
import { isDeparture, type Facts } from './facts.ts';
import type { CompiledFilter } from './filters/registry.ts';
import type { FilterResult } from './filters/filter.ts';
import type { Evidence, Refusal } from './verdict.ts';

export type Decision =
  | { readonly outcome: 'sign'; readonly decidedBy: string; readonly evidence: readonly Evidence[] }
  | ({ readonly outcome: 'refuse'; readonly decidedBy: string; readonly evidence: readonly Evidence[] } & Refusal)
  /** A filter failed that may not be skipped: no verdict. */
  | { readonly outcome: 'busy'; readonly decidedBy: string; readonly detail: string };

/** Asks the filters in their order; the first that is not neutral decides. Without objection an event is signed. */
export function decide(pdu: Pdu, facts: Facts, filters: readonly CompiledFilter[]): Decision {
  if (facts.concernsBot) return { outcome: 'sign', decidedBy: 'bot_membership', evidence: [] };
  if (isDeparture(pdu)) return { outcome: 'sign', decidedBy: 'departure', evidence: [] };
  for (const { filter, check } of filters) {
    if (facts.senderIsModerator && !filter.judgesModerators) continue;
    const result = ask(filter, () => check(pdu, facts));
    if (result.verdict === 'neutral') continue;
    if (result.verdict === 'failed') {
      if (filter.onFailure === 'skip') continue;
      return failure(filter, result.detail);
    }
    if (result.verdict === 'allow') return { outcome: 'sign', decidedBy: filter.name, evidence: result.evidence };
    const { message, harms, evidence } = result;
    return { outcome: 'refuse', decidedBy: filter.name, message, harms, evidence };
  }
  return { outcome: 'sign', decidedBy: facts.senderIsModerator ? 'moderator' : 'none', evidence: [] };
}

type Asked = FilterResult | { readonly verdict: 'failed'; readonly detail: string };

/** A filter's failure is data: what it means is the filter's own declaration. */
function ask(filter: CompiledFilter['filter'], check: () => FilterResult): Asked {
  try {
    return check();
  } catch (error) {
    return { verdict: 'failed', detail: `${filter.name}: ${error instanceof Error ? error.message : 'failed'}` };
  }
}

function failure(filter: CompiledFilter['filter'], detail: string): Decision {
  if (filter.onFailure === 'busy') return { outcome: 'busy', decidedBy: filter.name, detail };
  return {
    outcome: 'refuse',
    decidedBy: filter.name,
    message: 'Your message could not be checked, so it was not accepted.',
    harms: [],
    evidence: [{ path: 'content', note: detail }],
  };
}
