/** Policy lists as people handle them: which are in use, whom they are about, and what waits for a human. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { parseServerName } from '../../protocol/ids/server-name.ts';
import { parseUserId, type UserId } from '../../protocol/ids/user-id.ts';
import type { ListMatch } from '../answers.ts';
import type { ListTrust, Source, Subject } from '../questions.ts';
import { overrideOf, personOf, type SubscribedList } from './effect.ts';
import { isGlob } from './entity-glob.ts';
import { ListDirectory, ruleNamed } from './list-directory.ts';
import { LIST_KINDS, type ListKind, type ListRule } from './list-rule.ts';
import { createListSource } from './list-source.ts';
import { entityOf, type Entity, type ListMatcher } from './matcher.ts';
import { matchedPeople, membersOf, type MatchedPerson } from './people.ts';
import type { ListRooms, RuleDecision, RuleDecisionStore, RuleStanding } from './ports.ts';
import { mustWait, RuleGate, type RuleReach } from './rule-gate.ts';
import { Subscribers, type ListSettings, type Subscriber } from './subscribers.ts';
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

/** `open`: nobody whom it is about was seen yet. */
export type RuleEffect = RuleStanding | 'open' | 'ignored' | 'reported' | 'chosen';

export class PolicyLists {
  readonly #options: PolicyListsOptions;
  readonly #directory: ListDirectory;
  readonly #gate: RuleGate;
  readonly #subscribers: Subscribers;
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
      onNewBans: (list) => {
        this.#inBackground(this.#review(list));
      },
    });
    this.source = createListSource({
      directory: this.#directory,
      subscriptionsOf: (roomId) => settings.subscriptionsOf(roomId),
      standingOf: (scope, list, rule) => this.#gate.standingOf(scope, list, rule),
      assess: (scope, list, rule, entity) => this.#assess(scope, list, rule, entity),
      onNotify,
    });
  }

  /** Before anything is judged. */
  async load(): Promise<void> {
    await this.#gate.load();
  }

  /** Reads all lists in use and looks at rules that nobody has looked at: what waits shall not wait for an event. */
  startReview(): void {
    this.#inBackground(this.reviewAll());
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

  async reviewAll(): Promise<void> {
    for (const list of this.#subscribers.lists()) await this.#review(list);
  }

  async #review(list: RoomId): Promise<void> {
    const matcher = await this.#directory.load(list);
    if (matcher === undefined) return;
    for (const { scope, rooms, limit, subscription } of this.#subscribers.of(list)) {
      if (subscription.trust === 'notify' && Object.keys(subscription.overrides).length === 0) continue;
      const members = await membersOf(this.#options.rooms, rooms, this.#options.botUserId);
      for (const [rule, people] of matchedPeople(members, subscription, matcher)) {
        if (effectOf(subscription, rule) !== undefined) continue;
        await this.#gate.assess({ scope, list, limit }, rule, async () => reachOf(people));
      }
    }
  }

  async #assess(scope: string, list: RoomId, rule: ListRule, entity: Entity): Promise<RuleStanding> {
    const subscriber = this.#subscribers.of(list).find((one) => one.scope === scope);
    const limit = subscriber?.limit ?? 0;
    const reach = async (): Promise<RuleReach> =>
      reachOf(subscriber === undefined ? [] : await this.#peopleOf(subscriber, rule, entity));
    return await this.#gate.assess({ scope, list, limit }, rule, reach);
  }

  /** A rule about one user is about nobody else: the others need not be looked at. */
  async #peopleOf(
    { rooms, subscription }: Subscriber,
    rule: ListRule,
    entity: Entity,
  ): Promise<readonly MatchedPerson[]> {
    const isOne = rule.kind === 'user' && (rule.sha256 !== undefined || !isGlob(rule.entity));
    const only = isOne ? parseUserId(entity.text) : undefined;
    const members = await membersOf(this.#options.rooms, rooms, this.#options.botUserId, only);
    const matcher = await this.#directory.load(subscription.list);
    return (matcher === undefined ? undefined : matchedPeople(members, subscription, matcher).get(rule)) ?? [];
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

  /** Whom each rule of a list would be about, subscribed or not; `undefined` where the bot is not in the list's room. */
  async preview(list: RoomId, roomIds: readonly RoomId[], limit?: number): Promise<readonly RulePreview[] | undefined> {
    const matcher = await this.#directory.load(list);
    if (matcher === undefined) return undefined;
    const subscription = this.#subscribers.of(list).find(({ rooms }) => rooms.some((room) => roomIds.includes(room)));
    const settings = subscription?.subscription ?? { ...listSubscription.parse({}), list };
    const members = await membersOf(this.#options.rooms, roomIds, this.#options.botUserId);
    return [...matchedPeople(members, settings, matcher)]
      .map(([rule, people]) => ({ rule, people, waits: mustWait(reachOf(people), limit ?? settings.limit) }))
      .sort((a, b) => b.people.length - a.people.length || (a.rule.entity < b.rule.entity ? -1 : 1));
  }

  /** Rules that wait for a human, of one community or all, after a fresh look at all lists. */
  async waiting(scope?: string): Promise<readonly WaitingRule[]> {
    await this.reviewAll();
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
  ): Promise<RuleDecision | undefined> {
    const { scope, list } = where;
    const matcher = await this.#directory.load(list);
    const rule = matcher === undefined ? undefined : ruleNamed(matcher, where.rule);
    if (rule === undefined || rule.recommendation === 'unban') return undefined;
    const known = this.#gate.find(scope, list, rule);
    const reach = known ?? { people: 0, moderators: 0 };
    const { people, moderators } = reach;
    return await this.#gate.decide({ scope, list }, rule, standing, by, { people, moderators });
  }

  /** Every rule of lists in use about a user (and their server), a server or a room. */
  async match(text: string): Promise<readonly EntityMatch[]> {
    const entities = entitiesNamed(text);
    const matches: EntityMatch[] = [];
    for (const list of this.#subscribers.lists()) {
      const matcher = await this.#directory.load(list);
      if (matcher === undefined) continue;
      const subscribers = this.#subscribers.of(list);
      for (const rule of entities.flatMap((entity) => matcher.match(entity))) {
        const standings = subscribers.map(({ scope, subscription }) => {
          const effect: RuleEffect = effectOf(subscription, rule) ?? this.#gate.standingOf(scope, list, rule) ?? 'open';
          return { scope, trust: subscription.trust, effect };
        });
        matches.push({ list, rule, standings });
      }
    }
    return matches;
  }
}

/** What a subscription says of a rule whatever its standing is. */
function effectOf(subscription: SubscribedList, rule: ListRule): 'ignored' | 'chosen' | 'reported' | undefined {
  const chosen = overrideOf(subscription, rule);
  if (chosen !== undefined) return chosen === 'ignore' ? 'ignored' : 'chosen';
  return subscription.trust === 'notify' ? 'reported' : undefined;
}

function reachOf(people: readonly MatchedPerson[]): RuleReach {
  return { people: people.length, moderators: people.filter(({ moderates }) => moderates.length > 0).length };
}

function countsOf(matcher: ListMatcher | undefined): Readonly<Record<ListKind, number>> {
  const [user = 0, server = 0, room = 0] = LIST_KINDS.map((kind) => matcher?.count(kind) ?? 0);
  return { user, server, room };
}

function entitiesNamed(text: string): readonly Entity[] {
  const userId = parseUserId(text);
  if (userId !== undefined) {
    const { user, server } = personOf(userId);
    return [user, server];
  }
  return [entityOf(parseServerName(text) === undefined ? 'room' : 'server', text)];
}
