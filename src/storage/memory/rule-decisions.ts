import type { RuleDecision, RuleDecisionStore } from '../../policy/lists/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import { MemoryActionLogStore } from './action-log.ts';

export class MemoryRuleDecisionStore implements RuleDecisionStore {
  readonly #decisions = new Map<string, RuleDecision>();
  readonly #actions: MemoryActionLogStore;

  constructor(actions = new MemoryActionLogStore()) {
    this.#actions = actions;
  }

  async all(): Promise<readonly RuleDecision[]> {
    return [...this.#decisions.values()];
  }

  async put(decision: RuleDecision, actionFor?: ActionFor<RuleDecision>): Promise<void> {
    if (actionFor !== undefined) this.#actions.insert(actionFor(decision));
    this.#decisions.set(keyOf(decision), decision);
  }

  async change({ put, forget }: Parameters<RuleDecisionStore['change']>[0]): Promise<void> {
    for (const decision of forget) this.#decisions.delete(keyOf(decision));
    for (const decision of put) this.#decisions.set(keyOf(decision), decision);
  }
}

function keyOf({ scope, list, rule }: RuleDecision): string {
  return JSON.stringify([scope, list, rule]);
}
