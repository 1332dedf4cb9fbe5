/** Policy lists as people handle them: which are in use, whom they are about, and what waits for a human. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { parseServerName } from '../../protocol/ids/server-name.ts';
import { parseUserId, type UserId } from '../../protocol/ids/user-id.ts';
import type { ListMatch } from '../answers.ts';
import type { ListTrust, Source, Subject } from '../questions.ts';
import { effectOf, isExempt, personOf, type SubscribedList } from './effect.ts';
import { entityOf, type Entity } from './entity.ts';
import { ListDirectory, ruleNamed } from './list-directory.ts';
import { LIST_KINDS, type ListKind, type ListRule } from './list-rule.ts';
import { createListSource } from './list-source.ts';
import type { ListMatcher } from './matcher.ts';
import { matchedPeople, membersOf, namedRooms, type MatchedPerson } from './people.ts';
import type { ListRooms, RuleDecision, RuleDecisionStore, RuleStanding } from './ports.ts';
import { mustWait, RuleGate, type HowToDecide } from './rule-gate.ts';
import { reachOf, RuleReview } from './rule-review.ts';
import { Subscribers, type ListSettings } from './subscribers.ts';
import { listSubscription } from './subscription.ts';

export interface PolicyListsOptions {
  readonly rooms: ListRooms;
  readonly settings: ListSettings;
  readonly decisions: RuleDecisionStore;
  readonly botUserId: UserId;
  readonly now: () => number;
  /** Told of rules that wait for a human from now on. */
  readonly onWaiting: (decision: RuleDecision) => void;
  /** Told of matches in lists that are only to be reported. */
  readonly onNotify: (match: ListMatch, subject: Subject) => void;
  readonly onFailure: (error: unknown) => void;
}

export interface ListOverview {
  readonly list: RoomId;
  /** `absent`: the bot never was there, so the list holds nothing. */
  readonly bot: 'joined' | 'joining' | 'left' | 'absent';
  readonly rules: Readonly<Record<ListKind, number>>;
  readonly subscribers: readonly {
    readonly scope: string;
    readonly rooms: number;
    readonly trust: ListTrust;
    readonly limit: number;
    readonly name: string | undefined;
  }[];
}

export interface RulePreview {
  readonly rule: ListRule;
  readonly people: readonly MatchedPerson[];
  /** Whether it would wait for a human with the limit given. */
  readonly waits: boolean;
}

export interface WaitingRule {
  readonly decision: RuleDecision;
  readonly rule: ListRule;
}

export interface EntityMatch {
  readonly list: RoomId;
  readonly rule: ListRule;
  readonly standings: readonly { readonly scope: string; readonly trust: ListTrust; readonly effect: RuleEffect }[];
}

/** `open`: nobody whom it is about was seen yet; `exempt`: the subscription leaves the person out. */
export type RuleEffect = RuleStanding | 'open' | 'ignored' | 'reported' | 'chosen' | 'exempt';

export class PolicyLists {
  readonly #options: PolicyListsOptions;
  readonly #directory: ListDirectory;
  readonly #gate: RuleGate;
  readonly #subscribers: Subscribers;
  readonly #review: RuleReview;
  readonly #background = new Set<Promise<void>>();
  /** For the pipeline. */
  readonly source: Source<'list'>;

  constructor(options: PolicyListsOptions) {
    this.#options = options;
    const { rooms, settings, decisions, now, onWaiting, onNotify } = options;
    this.#gate = new RuleGate({ store: decisions, now, onWaiting });
    this.#subscribers = new Subscribers(settings, rooms);
    this.#directory = new ListDirectory({
      rooms,
      onNewBans: (list, rules) => {
        this.#inBackground(this.#review.newRules(list, rules));
      },
    });
    this.#review = new RuleReview({
      ...{ rooms, botUserId: options.botUserId },
      ...{ directory: this.#directory, gate: this.#gate, subscribers: this.#subscribers },
    });
    this.source = createListSource({
      directory: this.#directory,
      subscriptionsOf: (roomId) => settings.subscriptionsOf(roomId),
      standingOf: (scope, list, rule) => this.#gate.standingOf(scope, list, rule),
      assess: (scope, list, rule, entity) => this.#review.assess(scope, list, rule, entity.text),
      onNotify,
    });
  }

  /** Before anything is judged. */
  async load(): Promise<void> {
    await this.#gate.load();
  }

  /** Follows all lists in use from now on: what waits shall not wait for an event. */
  start(): void {
    this.#inBackground(this.#review.newSubscribers(true));
  }

  /** After every change of settings. */
  refresh(): void {
    this.#inBackground(this.#review.newSubscribers(false));
  }

  /** Resolves when nothing goes on in the background any more. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  #inBackground(work: Promise<void>): void {
    const done = work.catch(this.#options.onFailure).finally(() => this.#background.delete(done));
    this.#background.add(done);
  }

  /** Lists in use whose rooms the bot has never been in. */
  missing(): readonly RoomId[] {
    return [...this.#subscribers.lists()].filter((list) => !this.#directory.isKnown(list));
  }

  /** All lists in use. */
  async overview(): Promise<readonly ListOverview[]> {
    const overviews: ListOverview[] = [];
    for (const list of this.#subscribers.lists()) {
      const matcher = await this.#directory.load(list);
      const subscribers = this.#subscribers.of(list).map(({ scope, rooms, limit, subscription }) => {
        const { trust, name } = subscription;
        return { scope, rooms: rooms.length, trust, limit, name };
      });
      const bot = this.#options.rooms.get(list)?.record.membership ?? 'absent';
      overviews.push({ list, bot, rules: countsOf(matcher), subscribers });
    }
    return overviews;
  }

  /** `undefined` where the bot never had to do with the room. */
  async rulesOf(list: RoomId): Promise<readonly ListRule[] | undefined> {
    const matcher = await this.#directory.load(list);
    return matcher === undefined ? undefined : [...matcher.rules()];
  }

  /** Rooms of a community, or of a room without one; `undefined`: all. */
  roomsOf(scope: string | undefined): readonly RoomId[] {
    return this.#subscribers.rooms(scope);
  }

  scopeOf(roomId: RoomId): string {
    return this.#subscribers.scopeOf(roomId);
  }

  /**
   * Whom each rule of a list would be about, subscribed or not, with `changes` to the subscription; `undefined` where the
   * bot is not in the list's room.
   */
  async preview(
    list: RoomId,
    roomIds: readonly RoomId[],
    changes: Readonly<Record<string, unknown>> = {},
  ): Promise<readonly RulePreview[] | undefined> {
    const matcher = await this.#directory.load(list);
    if (matcher === undefined) return undefined;
    const settings = this.#plannedFor(list, roomIds, changes);
    const { rooms, botUserId } = this.#options;
    const members = await membersOf(rooms, roomIds, botUserId);
    const named = await namedRooms(rooms, roomIds, matcher);
    return [...(await matchedPeople(members, settings, matcher, named))]
      .map(([rule, people]) => ({ rule, people, waits: mustWait(reachOf(people), settings.limit) }))
      .sort((a, b) => b.people.length - a.people.length || (a.rule.entity < b.rule.entity ? -1 : 1));
  }

  #plannedFor(list: RoomId, roomIds: readonly RoomId[], changes: Readonly<Record<string, unknown>>): SubscribedList {
    const subscriber = this.#subscribers.of(list).find(({ rooms }) => rooms.some((room) => roomIds.includes(room)));
    const known = subscriber?.subscription ?? { ...listSubscription.parse({}), list };
    const { trust, exempt, overrides, limit, name } = known;
    // What is wrong with the changes is said by whoever saves them.
    const planned = listSubscription.safeParse({ trust, exempt, overrides, limit, name, ...changes });
    return planned.success ? { ...planned.data, list } : known;
  }

  /** Rules that wait for a human, of one community or all, after a fresh look at all lists. */
  async waiting(scope?: string): Promise<readonly WaitingRule[]> {
    await this.#review.all();
    const waiting: WaitingRule[] = [];
    for (const decision of this.#gate.all()) {
      if (decision.standing !== 'waiting' || (scope !== undefined && decision.scope !== scope)) continue;
      const isSubscribed = this.#subscribers.of(decision.list).some((one) => one.scope === decision.scope);
      const matcher = isSubscribed ? this.#directory.get(decision.list) : undefined;
      const rule = matcher === undefined ? undefined : ruleNamed(matcher, decision.rule);
      if (rule !== undefined) waiting.push({ decision, rule });
    }
    return waiting;
  }

  /** By event id or entity; `undefined` where the list has no such rule. */
  async decide(
    where: { readonly scope: string; readonly list: RoomId; readonly rule: string },
    standing: 'approved' | 'rejected',
    by: string,
    how: HowToDecide = {},
  ): Promise<RuleDecision | undefined> {
    const { scope, list } = where;
    const matcher = await this.#directory.load(list);
    const rule = matcher === undefined ? undefined : ruleNamed(matcher, where.rule);
    if (rule === undefined || rule.recommendation === 'unban') return undefined;
    const known = this.#gate.find(scope, list, rule);
    const reach = known ?? { people: 0, moderators: 0 };
    const { people, moderators } = reach;
    return await this.#gate.decide({ scope, list }, rule, standing, by, { people, moderators }, how);
  }

  /** Every rule of lists in use about a user (and their server), a server or a room. */
  async match(text: string): Promise<readonly EntityMatch[]> {
    const userId = parseUserId(text);
    const person = userId === undefined ? undefined : personOf(userId);
    const entities = person === undefined ? [entityNamed(text)] : [person.user, person.server];
    const matches: EntityMatch[] = [];
    for (const list of this.#subscribers.lists()) {
      const matcher = await this.#directory.load(list);
      if (matcher === undefined) continue;
      const subscribers = this.#subscribers.of(list);
      for (const rule of entities.flatMap((entity) => matcher.match(entity))) {
        const standings = subscribers.map(({ scope, subscription }) => {
          const isLeftOut = person !== undefined && isExempt(person, subscription);
          const stands = effectOf(subscription, rule) ?? this.#gate.standingOf(scope, list, rule) ?? 'open';
          const effect: RuleEffect = isLeftOut ? 'exempt' : stands;
          return { scope, trust: subscription.trust, effect };
        });
        matches.push({ list, rule, standings });
      }
    }
    return matches;
  }
}

function countsOf(matcher: ListMatcher | undefined): Readonly<Record<ListKind, number>> {
  const [user = 0, server = 0, room = 0] = LIST_KINDS.map((kind) => matcher?.count(kind) ?? 0);
  return { user, server, room };
}

function entityNamed(text: string): Entity {
  return entityOf(parseServerName(text) === undefined ? 'room' : 'server', text);
}
