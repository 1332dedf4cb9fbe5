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
  /** Told of rules that have come to wait, all of one list and scope. */
  readonly onWaiting: (decisions: readonly RuleDecision[]) => void;
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

export interface GatePlace {
  readonly scope: string;
  readonly list: RoomId;
  readonly limit: number;
}

export function mustWait({ people, moderators }: RuleReach, limit: number): boolean {
  return moderators > 0 || people > limit;
}

/** Rules of one list that wait in one scope: nobody looks through more. Of what comes then nothing is enforced. */
export const MAX_WAITING = 1_000;
/** Rules of one list that have a standing in one scope. */
const MAX_DECISIONS = 20_000;
/** Stored in one transaction. */
const AT_ONCE = 500;

export class RuleGate {
  readonly #options: RuleGateOptions;
  readonly #decisions = new Map<string, RuleDecision>();
  readonly #assessing = new Map<string, Promise<RuleStanding>>();
  /** About which a human has decided, and which is being stored. */
  readonly #deciding = new Set<string>();
  /** By scope and list. */
  readonly #counts = new Map<string, { waiting: number; all: number }>();

  constructor(options: RuleGateOptions) {
    this.#options = options;
  }

  /** Before anything else. */
  async load(): Promise<void> {
    for (const decision of await this.#options.store.all()) this.#remember(decision);
  }

  /** `undefined` for rules that have matched nobody so far. */
  standingOf(scope: string, list: RoomId, rule: ListRule): RuleStanding | undefined {
    const known = this.find(scope, list, rule)?.standing;
    return known ?? (this.isFull(scope, list) ? 'waiting' : undefined);
  }

  find(scope: string, list: RoomId, rule: ListRule): RuleDecision | undefined {
    return this.#decisions.get(keyOf(scope, list, ruleKeyOf(rule)));
  }

  all(): readonly RuleDecision[] {
    return [...this.#decisions.values()];
  }

  /** Whether so many rules wait, or have a standing, that no more are looked at: they are not enforced. */
  isFull(scope: string, list: RoomId): boolean {
    const counts = this.#counts.get(`${scope} ${list}`);
    return counts !== undefined && (counts.waiting >= MAX_WAITING || counts.all >= MAX_DECISIONS);
  }

  /** Where the rule has no standing yet, it gets one; those who ask at the same time share it. */
  async assess(place: GatePlace, rule: ListRule, reach: () => Promise<RuleReach>): Promise<RuleStanding> {
    const { scope, list } = place;
    const key = keyOf(scope, list, ruleKeyOf(rule));
    const known = this.standingOf(scope, list, rule) ?? this.#assessing.get(key);
    if (known !== undefined) return await known;
    const work = (async () => {
      await this.assessAll(place, [{ rule, ...(await reach()) }]);
      return this.standingOf(scope, list, rule) ?? 'waiting';
    })();
    this.#assessing.set(key, work);
    try {
      return await work;
    } finally {
      this.#assessing.delete(key);
    }
  }

  /** Those of the rules without a standing get one, as many as there is room for, some hundred in one transaction. */
  async assessAll(place: GatePlace, rules: readonly (RuleReach & { readonly rule: ListRule })[]): Promise<void> {
    for (let from = 0; from < rules.length; from += AT_ONCE) {
      const put = this.#decide(place, rules.slice(from, from + AT_ONCE));
      if (put.length === 0) continue;
      await this.#options.store.change({ put, forget: [] });
      // A human may have been quicker.
      for (const decision of put) if (!this.#decisions.has(keyOfDecision(decision))) this.#remember(decision);
      const waiting = put.filter(({ standing }) => standing === 'waiting');
      if (waiting.length > 0) this.#options.onWaiting(waiting);
    }
  }

  #decide(
    { scope, list, limit }: GatePlace,
    rules: readonly (RuleReach & { readonly rule: ListRule })[],
  ): readonly RuleDecision[] {
    const counts = { waiting: 0, all: 0, ...this.#counts.get(`${scope} ${list}`) };
    const decisions = new Map<string, RuleDecision>();
    for (const { rule, people, moderators } of rules) {
      const key = ruleKeyOf(rule);
      const isKnown = this.find(scope, list, rule) !== undefined || this.#deciding.has(keyOf(scope, list, key));
      if (isKnown || decisions.has(key)) continue;
      if (counts.waiting >= MAX_WAITING || counts.all >= MAX_DECISIONS) break;
      const standing = mustWait({ people, moderators }, limit) ? 'waiting' : 'passed';
      if (standing === 'waiting') counts.waiting += 1;
      counts.all += 1;
      const since = this.#options.now();
      const who = { people, moderators, since, by: null };
      decisions.set(key, { scope, list, rule: key, ruleEventId: rule.eventId, standing, ...who });
    }
    return [...decisions.values()];
  }

  /** Makes room: forgets what no human has decided about rules that the list has no more. */
  async forgetGone(scope: string, list: RoomId, rules: ReadonlyMap<string, ListRule>): Promise<void> {
    const gone = this.all().filter(
      (one) => one.scope === scope && one.list === list && one.by === null && !rules.has(one.rule),
    );
    for (let from = 0; from < gone.length; from += AT_ONCE) {
      const forget = gone.slice(from, from + AT_ONCE);
      await this.#options.store.change({ put: [], forget });
      for (const decision of forget) this.#forget(decision);
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
    if (dryRun) return decision;
    const key = keyOfDecision(decision);
    this.#deciding.add(key);
    try {
      await this.#options.store.put(decision, actionFor);
      this.#remember(decision);
    } finally {
      this.#deciding.delete(key);
    }
    return decision;
  }

  #remember(decision: RuleDecision): void {
    this.#forget(decision);
    this.#decisions.set(keyOfDecision(decision), decision);
    this.#count(decision, 1);
  }

  #forget(decision: RuleDecision): void {
    const key = keyOfDecision(decision);
    const known = this.#decisions.get(key);
    if (known === undefined) return;
    this.#decisions.delete(key);
    this.#count(known, -1);
  }

  #count({ scope, list, standing }: RuleDecision, change: 1 | -1): void {
    const counts = this.#counts.get(`${scope} ${list}`) ?? { waiting: 0, all: 0 };
    counts.all += change;
    if (standing === 'waiting') counts.waiting += change;
    this.#counts.set(`${scope} ${list}`, counts);
  }
}

function keyOfDecision({ scope, list, rule }: RuleDecision): string {
  return keyOf(scope, list, rule);
}

function keyOf(scope: string, list: RoomId, rule: string): string {
  return `${scope} ${list} ${rule}`;
}
