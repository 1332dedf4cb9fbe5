/** Counts whom rules of lists are about in each community that subscribes, so that they pass or wait for a human. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { parseUserId, type UserId } from '../../protocol/ids/user-id.ts';
import { effectOf } from './effect.ts';
import { isGlob } from './entity-glob.ts';
import { bansByKey, type ListDirectory } from './list-directory.ts';
import { ruleKeyOf, type ListRule } from './list-rule.ts';
import { ListMatcher } from './matcher.ts';
import { matchedPeople, membersOf, namedRooms, type MatchedRule } from './people.ts';
import type { ListRooms, RuleStanding } from './ports.ts';
import type { RuleGate, RuleReach } from './rule-gate.ts';
import type { Subscriber, Subscribers } from './subscribers.ts';
import { Turns } from './turns.ts';

export interface RuleReviewDeps {
  readonly rooms: ListRooms;
  readonly botUserId: UserId;
  readonly directory: Pick<ListDirectory, 'load'>;
  readonly gate: RuleGate;
  readonly subscribers: Subscribers;
}

/** Rules about one user for each of which they alone are looked at; of more, everybody is. */
const ONE_BY_ONE = 50;

export class RuleReview {
  readonly #deps: RuleReviewDeps;
  /** Subscribers and lists that were looked at. */
  readonly #reviewed = new Set<string>();
  /** Rules that have come to a list while others were looked at, by their keys. */
  readonly #coming = new Map<RoomId, Map<string, ListRule>>();
  readonly #looking = new Map<RoomId, Promise<void>>();

  constructor(deps: RuleReviewDeps) {
    this.#deps = deps;
  }

  /** Everybody and every list of a community, or of all: for a human who asks. */
  async all(scope?: string): Promise<void> {
    for (const list of this.#deps.subscribers.lists()) {
      for (const subscriber of this.#deps.subscribers.of(list)) {
        if (scope === undefined || subscriber.scope === scope) await this.#review(subscriber);
      }
    }
  }

  /**
   * After a change of settings: those who have come to a list. At the start nobody has: a rule that came meanwhile is
   * looked at when it first matches, and rooms are read when they are needed.
   */
  async newSubscribers(isStart: boolean): Promise<void> {
    for (const list of this.#deps.subscribers.lists()) {
      if ((await this.#deps.directory.load(list)) === undefined) continue;
      for (const subscriber of this.#deps.subscribers.of(list)) {
        const key = `${subscriber.scope} ${list}`;
        if (!isStart && !this.#reviewed.has(key)) await this.#review(subscriber);
        this.#reviewed.add(key);
      }
    }
  }

  /** Rules that have come to a list. What comes while they are looked at is looked at together afterwards. */
  async newRules(list: RoomId, rules: readonly ListRule[]): Promise<void> {
    const coming = this.#coming.get(list) ?? new Map<string, ListRule>();
    this.#coming.set(list, coming);
    for (const rule of rules) coming.set(ruleKeyOf(rule), rule);
    const looking = this.#looking.get(list) ?? this.#lookAtComing(list).finally(() => this.#looking.delete(list));
    this.#looking.set(list, looking);
    await looking;
  }

  async #lookAtComing(list: RoomId): Promise<void> {
    for (let coming = this.#coming.get(list); coming !== undefined; coming = this.#coming.get(list)) {
      this.#coming.delete(list);
      const rules = [...coming.values()];
      for (const subscriber of this.#deps.subscribers.of(list)) {
        if (isReportedOnly(subscriber)) continue;
        await this.#settle(subscriber, await this.#reachOf(subscriber, rules));
      }
    }
  }

  async #review(subscriber: Subscriber): Promise<void> {
    const { rooms, botUserId, directory } = this.#deps;
    const { subscription, rooms: roomIds } = subscriber;
    const matcher = await directory.load(subscription.list);
    if (matcher === undefined || isReportedOnly(subscriber)) return;
    const members = await membersOf(rooms, roomIds, botUserId);
    const named = await namedRooms(rooms, roomIds, matcher);
    await this.#settle(subscriber, (await matchedPeople({ members, named, subscription, matcher, listed: 0 })).rules);
  }

  async #settle({ scope, limit, subscription }: Subscriber, matched: readonly MatchedRule[]): Promise<void> {
    const { gate, directory } = this.#deps;
    const { list } = subscription;
    const open = matched.filter(({ rule }) => effectOf(subscription, rule) === undefined);
    if (open.length > 0 && gate.isFull(scope, list)) {
      const matcher = await directory.load(list);
      if (matcher !== undefined) await gate.forgetGone(scope, list, await bansByKey(matcher));
    }
    await gate.assessAll({ scope, list, limit }, open);
  }

  /** For a rule without standing that is about somebody of an event. */
  async assess(scope: string, list: RoomId, rule: ListRule, about: string): Promise<RuleStanding> {
    const subscriber = this.#deps.subscribers.of(list).find((one) => one.scope === scope);
    const reach = async (): Promise<RuleReach> => {
      // A rule about one user is about nobody else: the others need not be looked at.
      const only = isAboutOneUser(rule) || rule.sha256 !== undefined ? parseUserId(about) : undefined;
      const [found] = subscriber === undefined ? [] : await this.#search(subscriber, [rule], only);
      return { people: found?.people ?? 0, moderators: found?.moderators ?? 0 };
    };
    return await this.#deps.gate.assess({ scope, list, limit: subscriber?.limit ?? 0 }, rule, reach);
  }

  async #reachOf(subscriber: Subscriber, rules: readonly ListRule[]): Promise<readonly MatchedRule[]> {
    if (rules.length > ONE_BY_ONE || !rules.every(isAboutOneUser)) return await this.#search(subscriber, rules);
    const found: MatchedRule[] = [];
    const turns = new Turns();
    for (const rule of rules) {
      const only = parseUserId(rule.entity);
      if (only !== undefined) found.push(...(await this.#search(subscriber, [rule], only)));
      // Many rules at once leave room for events between them.
      await turns.pause();
    }
    return found;
  }

  /** Those of the rules that are about anybody. The work is by people and by these rules, whatever else the list has. */
  async #search(subscriber: Subscriber, rules: readonly ListRule[], only?: UserId): Promise<readonly MatchedRule[]> {
    const { rooms, botUserId, directory } = this.#deps;
    const { subscription, rooms: roomIds } = subscriber;
    const matcher = await directory.load(subscription.list);
    if (matcher === undefined) return [];
    const wanted = new ListMatcher();
    const turns = new Turns();
    for (const rule of rules) {
      wanted.set(rule.kind, rule.stateKey, rule);
      const turn = turns.next();
      if (turn !== undefined) await turn;
    }
    const named = await namedRooms(rooms, roomIds, wanted);
    const isAboutPeople = rules.some(({ kind }) => kind !== 'room');
    const members = await membersOf(rooms, isAboutPeople ? roomIds : [...named.keys()], botUserId, only);
    return (await matchedPeople({ members, named, subscription, matcher, wanted, listed: 0 })).rules;
  }
}

function isAboutOneUser(rule: ListRule): boolean {
  return rule.kind === 'user' && rule.sha256 === undefined && !isGlob(rule.entity);
}

function isReportedOnly({ subscription: { trust, overrides } }: Subscriber): boolean {
  return trust === 'notify' && Object.keys(overrides).length === 0;
}
