/** Counts whom rules of lists are about in each community that subscribes, so that they pass or wait for a human. */
import { setImmediate } from 'node:timers/promises';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { parseUserId, type UserId } from '../../protocol/ids/user-id.ts';
import { effectOf } from './effect.ts';
import { isGlob } from './entity-glob.ts';
import type { ListDirectory } from './list-directory.ts';
import type { ListRule } from './list-rule.ts';
import { matchedPeople, membersOf, namedRooms, type MatchedPerson, type NamedRooms } from './people.ts';
import type { ListRooms, RuleStanding } from './ports.ts';
import type { RuleGate, RuleReach } from './rule-gate.ts';
import type { Subscriber, Subscribers } from './subscribers.ts';

export interface RuleReviewDeps {
  readonly rooms: ListRooms;
  readonly botUserId: UserId;
  readonly directory: Pick<ListDirectory, 'load'>;
  readonly gate: RuleGate;
  readonly subscribers: Subscribers;
}

export class RuleReview {
  readonly #deps: RuleReviewDeps;
  /** Subscribers and lists that were looked at. */
  readonly #reviewed = new Set<string>();

  constructor(deps: RuleReviewDeps) {
    this.#deps = deps;
  }

  /** Everybody and every list: for a human who asks. */
  async all(): Promise<void> {
    for (const list of this.#deps.subscribers.lists()) {
      for (const subscriber of this.#deps.subscribers.of(list)) await this.#review(subscriber);
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

  /** Rules that have come to a list. */
  async newRules(list: RoomId, rules: readonly ListRule[]): Promise<void> {
    for (const subscriber of this.#deps.subscribers.of(list)) {
      if (rules.some((rule) => !isAboutOneUser(rule))) await this.#review(subscriber);
      else for (const rule of rules) await this.#reviewOne(subscriber, rule);
    }
  }

  async #review(subscriber: Subscriber): Promise<void> {
    const { rooms, botUserId, directory } = this.#deps;
    const matcher = await directory.load(subscriber.subscription.list);
    if (matcher === undefined || isReportedOnly(subscriber)) return;
    const members = await membersOf(rooms, subscriber.rooms, botUserId);
    const named = await namedRooms(rooms, subscriber.rooms, matcher);
    for (const [rule, people] of await matchedPeople(members, subscriber.subscription, matcher, named)) {
      await this.#settle(subscriber, rule, people);
    }
  }

  async #reviewOne(subscriber: Subscriber, rule: ListRule): Promise<void> {
    if (isReportedOnly(subscriber)) return;
    const people = await this.#peopleOf(subscriber, rule, rule.entity);
    if (people.length > 0) await this.#settle(subscriber, rule, people);
    // Many rules at once leave room for events between them.
    await setImmediate();
  }

  async #settle(
    { scope, limit, subscription }: Subscriber,
    rule: ListRule,
    people: readonly MatchedPerson[],
  ): Promise<void> {
    if (effectOf(subscription, rule) !== undefined) return;
    const { list } = subscription;
    await this.#deps.gate.assess({ scope, list, limit }, rule, () => Promise.resolve(reachOf(people)));
  }

  /** For a rule without standing that is about somebody of an event. */
  async assess(scope: string, list: RoomId, rule: ListRule, about: string): Promise<RuleStanding> {
    const subscriber = this.#deps.subscribers.of(list).find((one) => one.scope === scope);
    const reach = async (): Promise<RuleReach> =>
      reachOf(subscriber === undefined ? [] : await this.#peopleOf(subscriber, rule, about));
    return await this.#deps.gate.assess({ scope, list, limit: subscriber?.limit ?? 0 }, rule, reach);
  }

  async #peopleOf(
    { rooms, subscription }: Subscriber,
    rule: ListRule,
    about: string,
  ): Promise<readonly MatchedPerson[]> {
    const { rooms: all, botUserId, directory } = this.#deps;
    const matcher = await directory.load(subscription.list);
    if (matcher === undefined) return [];
    const named = rule.kind === 'room' ? await namedRooms(all, rooms, matcher) : undefined;
    // A rule about one user is about nobody else: the others need not be looked at.
    const only = isAboutOneUser(rule) || rule.sha256 !== undefined ? parseUserId(about) : undefined;
    const members = await membersOf(all, named === undefined ? rooms : [...named.keys()], botUserId, only);
    return (await matchedPeople(members, subscription, matcher, named ?? NO_ROOMS)).get(rule) ?? [];
  }
}

const NO_ROOMS: NamedRooms = new Map();

function isAboutOneUser(rule: ListRule): boolean {
  return rule.kind === 'user' && rule.sha256 === undefined && !isGlob(rule.entity);
}

function isReportedOnly({ subscription: { trust, overrides } }: Subscriber): boolean {
  return trust === 'notify' && Object.keys(overrides).length === 0;
}

export function reachOf(people: readonly MatchedPerson[]): RuleReach {
  return { people: people.length, moderators: people.filter(({ moderates }) => moderates.length > 0).length };
}
