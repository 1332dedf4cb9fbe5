/**
 * Which rules of lists are enforced in a community. The first time that a rule matches anybody, people are counted: one
 * that is about more of them than the subscription's limit, or about a moderator, waits until a human approves it.
 */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ActionFor } from '../ports.ts';
import type { ListRule } from './list-rule.ts';
import { ruleKeyOf } from './list-rule.ts';
import type { RuleDecision, RuleDecisionStore, RuleStanding } from './ports.ts';

export interface RuleGateOptions {
  readonly store: RuleDecisionStore;
  readonly now: () => number;
  readonly onWaiting: (decision: RuleDecision) => void;
}

/** What a rule is about in a scope. */
export interface RuleReach {
  readonly people: number;
  readonly moderators: number;
}

export interface HowToDecide {
  /** Only tells what would be stored. */
  readonly dryRun?: boolean;
  /** Its entry in the log of actions. */
  readonly actionFor?: ActionFor<RuleDecision>;
}

export function mustWait({ people, moderators }: RuleReach, limit: number): boolean {
  return moderators > 0 || people > limit;
}

export class RuleGate {
  readonly #options: RuleGateOptions;
  readonly #decisions = new Map<string, RuleDecision>();
  readonly #assessing = new Map<string, Promise<RuleStanding>>();

  constructor(options: RuleGateOptions) {
    this.#options = options;
  }

  /** Before anything else. */
  async load(): Promise<void> {
    for (const decision of await this.#options.store.all()) this.#remember(decision);
  }

  /** `undefined` for rules that have matched nobody so far. */
  standingOf(scope: string, list: RoomId, rule: ListRule): RuleStanding | undefined {
    return this.#decisions.get(keyOf(scope, list, ruleKeyOf(rule)))?.standing;
  }

  find(scope: string, list: RoomId, rule: ListRule): RuleDecision | undefined {
    return this.#decisions.get(keyOf(scope, list, ruleKeyOf(rule)));
  }

  all(): readonly RuleDecision[] {
    return [...this.#decisions.values()];
  }

  /** Where the rule has no standing yet, it gets one; those who ask at the same time share it. */
  async assess(
    where: { readonly scope: string; readonly list: RoomId; readonly limit: number },
    rule: ListRule,
    reach: () => Promise<RuleReach>,
  ): Promise<RuleStanding> {
    const { scope, list, limit } = where;
    const key = keyOf(scope, list, ruleKeyOf(rule));
    const known = this.#decisions.get(key)?.standing ?? this.#assessing.get(key);
    if (known !== undefined) return await known;
    const work = (async () => {
      const { people, moderators } = await reach();
      const decision: RuleDecision = {
        ...{ scope, list, rule: ruleKeyOf(rule), ruleEventId: rule.eventId, people, moderators },
        standing: mustWait({ people, moderators }, limit) ? 'waiting' : 'passed',
        since: this.#options.now(),
        by: null,
      };
      await this.#store(decision);
      if (decision.standing === 'waiting') this.#options.onWaiting(decision);
      return decision.standing;
    })();
    this.#assessing.set(key, work);
    try {
      return await work;
    } finally {
      this.#assessing.delete(key);
    }
  }

  /** What a human says; may be changed at any time. */
  async decide(
    where: { readonly scope: string; readonly list: RoomId },
    rule: ListRule,
    standing: 'approved' | 'rejected',
    by: string,
    reach: RuleReach,
    { dryRun = false, actionFor }: HowToDecide = {},
  ): Promise<RuleDecision> {
    const decision: RuleDecision = {
      ...where,
      ...{ rule: ruleKeyOf(rule), ruleEventId: rule.eventId, standing, by, ...reach },
      since: this.#options.now(),
    };
    if (!dryRun) await this.#store(decision, actionFor);
    return decision;
  }

  async #store(decision: RuleDecision, actionFor?: ActionFor<RuleDecision>): Promise<void> {
    await this.#options.store.put(decision, actionFor);
    this.#remember(decision);
  }

  #remember(decision: RuleDecision): void {
    this.#decisions.set(keyOf(decision.scope, decision.list, decision.rule), decision);
  }
}

function keyOf(scope: string, list: RoomId, rule: string): string {
  return `${scope} ${list} ${rule}`;
}
