import type { RuleDecision, RuleDecisionStore } from '../../policy/lists/ports.ts';

export class MemoryRuleDecisionStore implements RuleDecisionStore {
  readonly #decisions = new Map<string, RuleDecision>();

  async all(): Promise<readonly RuleDecision[]> {
    return [...this.#decisions.values()];
  }

  async put(decision: RuleDecision): Promise<void> {
    this.#decisions.set(JSON.stringify([decision.scope, decision.list, decision.rule]), decision);
  }
}
