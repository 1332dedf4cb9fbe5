/** Policy lists as people handle them: which are in use, whom they are about, and what waits for a human. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { ListMatch } from '../answers.ts';
import type { ListTrust, Source, Subject } from '../questions.ts';
import type { SubscribedList } from './effect.ts';
import { bansByKey, ListDirectory, ruleNamed } from './list-directory.ts';
import { askedAbout, Standings, type ShownStanding } from './entity-matches.ts';
import { LIST_KINDS, type ListKind, type ListRule } from './list-rule.ts';
import { createListSource } from './list-source.ts';
import type { ListMatcher } from './matcher.ts';
import { matchedPeople, membersOf, namedRooms, type MatchedRule } from './people.ts';
import type { ListRooms, RuleDecision, RuleDecisionStore } from './ports.ts';
import { mustWait, RuleGate, type HowToDecide } from './rule-gate.ts';
import { RuleReview } from './rule-review.ts';
import { Subscribers, type ListSettings } from './subscribers.ts';
import { changedSubscription, listSubscription } from './subscription.ts';
import { Turns } from './turns.ts';

export interface PolicyListsOptions {
  readonly rooms: ListRooms;
  readonly settings: ListSettings;
  readonly decisions: RuleDecisionStore;
  readonly botUserId: UserId;
  readonly now: () => number;
  /** Told of rules that wait for a human from now on. */
  readonly onWaiting: (decisions: readonly RuleDecision[]) => void;
  /** Told of matches in lists that are only to be reported. */
  readonly onNotify: (match: ListMatch, subject: Subject) => void;
  readonly onFailure: (error: unknown) => void;
}

export interface ListOverview {
  readonly list: RoomId;
  /** `absent`: the bot never was there, so the list holds nothing. */
  readonly bot: 'joined' | 'joining' | 'left' | 'absent';
  readonly rules: Readonly<Record<ListKind, number>>;
  /** Of these, rules that mean nothing: the list has too many. */
  readonly leftOut: number;
  readonly subscribers: readonly {
    readonly scope: string;
    readonly rooms: number;
    readonly trust: ListTrust;
    readonly limit: number;
    readonly name: string | undefined;
  }[];
}

export interface RulePreview extends MatchedRule {
  /** Whether it would wait for a human with the limit given. */
  readonly waits: boolean;
}

export interface ListPreview {
  /** Those about most people, if not all. */
  readonly rules: readonly RulePreview[];
  /** Rules that are about anybody, and those of them that would wait. */
  readonly matching: number;
  readonly waiting: number;
  readonly people: number;
  readonly moderators: number;
  /** Rules that mean nothing: the list has too many. */
  readonly leftOut: number;
}

export interface WaitingRule {
  readonly decision: RuleDecision;
  readonly rule: ListRule;
}

export interface WaitingRules {
  /** Those that came first, if not all. */
  readonly rules: readonly WaitingRule[];
  readonly total: number;
  /** Lists of which so many rules wait that further ones are not even looked at. */
  readonly full: readonly { readonly scope: string; readonly list: RoomId }[];
}

export interface EntityMatch {
  readonly list: RoomId;
  readonly rule: ListRule;
  readonly standings: readonly ShownStanding[];
}

/** What a human is shown at once: rules of a preview, people of each, and rules that wait. */
const PREVIEWED_RULES = 500;
const PREVIEWED_PEOPLE = 100;
const SHOWN_WAITING = 1_000;

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
    const working = (): readonly Promise<void>[] => [...this.#background, ...this.#directory.following()];
    for (let all = working(); all.length > 0; all = working()) await Promise.all(all);
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
      overviews.push({ list, bot, rules: countsOf(matcher), leftOut: matcher?.leftOut ?? 0, subscribers });
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

  /** Lists to which rooms of a community, or a room without one, subscribe. */
  listsOf(scope: string): ReadonlySet<RoomId> {
    const rooms = this.#options.rooms.joined().filter((roomId) => this.scopeOf(roomId) === scope);
    return new Set(rooms.flatMap((roomId) => this.#options.settings.subscriptionsOf(roomId).map(({ list }) => list)));
  }

  /** Communities, and rooms without one, that subscribe to a list. */
  scopesOf(list: RoomId): readonly string[] {
    return this.#subscribers.of(list).map(({ scope }) => scope);
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
  ): Promise<ListPreview | undefined> {
    const matcher = await this.#directory.load(list);
    if (matcher === undefined) return undefined;
    const subscription = this.#plannedFor(list, roomIds, changes);
    const { rooms, botUserId } = this.#options;
    const members = await membersOf(rooms, roomIds, botUserId);
    const named = await namedRooms(rooms, roomIds, matcher);
    const found = await matchedPeople({ members, named, subscription, matcher, listed: PREVIEWED_PEOPLE });
    const { people, moderators, rules } = found;
    const waits = (rule: MatchedRule): boolean => mustWait(rule, subscription.limit);
    return {
      rules: (await widest(rules)).map((rule) => ({ ...rule, waits: waits(rule) })),
      ...{ matching: rules.length, waiting: rules.filter(waits).length, people, moderators },
      leftOut: matcher.leftOut,
    };
  }

  #plannedFor(list: RoomId, roomIds: readonly RoomId[], changes: Readonly<Record<string, unknown>>): SubscribedList {
    const all = new Set(roomIds);
    const subscriber = this.#subscribers.of(list).find(({ rooms }) => rooms.some((room) => all.has(room)));
    const known = subscriber?.subscription ?? { ...listSubscription.parse({}), list };
    const { trust, exempt, overrides, limit, name } = known;
    // What is wrong with the changes is said by whoever saves them.
    const planned = listSubscription.safeParse(changedSubscription({ trust, exempt, overrides, limit, name }, changes));
    return planned.success ? { ...planned.data, list } : known;
  }

  /** Rules that wait for a human, of one community or all, after a fresh look at all lists. */
  async waiting(scope?: string): Promise<WaitingRules> {
    await this.#review.all(scope);
    const all = this.#gate
      .all()
      .filter(({ standing, scope: own }) => standing === 'waiting' && (scope === undefined || own === scope));
    const rules: WaitingRule[] = [];
    const full: { readonly scope: string; readonly list: RoomId }[] = [];
    for (const [list, decisions] of Map.groupBy(all, (decision) => decision.list)) {
      const matcher = await this.#directory.load(list);
      if (matcher === undefined) continue;
      const bans = await bansByKey(matcher);
      const subscribers = new Set(this.#subscribers.of(list).map((one) => one.scope));
      for (const decision of decisions) {
        const rule = subscribers.has(decision.scope) ? bans.get(decision.rule) : undefined;
        if (rule !== undefined) rules.push({ decision, rule });
      }
      for (const one of subscribers) {
        if ((scope === undefined || one === scope) && this.#gate.isFull(one, list)) full.push({ scope: one, list });
      }
    }
    rules.sort((a, b) => a.decision.since - b.decision.since);
    return { rules: rules.slice(0, SHOWN_WAITING), total: rules.length, full };
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
    const asked = askedAbout(text);
    const matchers = new Map<RoomId, ListMatcher>();
    for (const list of this.#subscribers.lists()) {
      const matcher = await this.#directory.load(list);
      if (matcher !== undefined) matchers.set(list, matcher);
    }
    const standings = new Standings({ settings: this.#options.settings, gate: this.#gate, matchers }, asked);
    const rooms = Map.groupBy(this.#subscribers.rooms(), (roomId) => this.scopeOf(roomId));
    return [...matchers].flatMap(([list, matcher]) => {
      const subscribers = this.#subscribers.of(list).map((one) => {
        const subscribed = new Set(one.rooms);
        return { one, others: (rooms.get(one.scope) ?? []).filter((roomId) => !subscribed.has(roomId)) };
      });
      const rules = asked.entities.flatMap((entity) => matcher.match(entity));
      return rules.map((rule) => {
        return { list, rule, standings: subscribers.flatMap(({ one, others }) => standings.of(one, rule, others)) };
      });
    });
  }
}

/** Sorted together, so that others have their turn. */
const SORTED_AT_ONCE = 2_000;

/** The rules about most people. */
async function widest(rules: readonly MatchedRule[]): Promise<readonly MatchedRule[]> {
  let most: readonly MatchedRule[] = [];
  const turns = new Turns();
  for (let from = 0; from < rules.length; from += SORTED_AT_ONCE) {
    most = [...most, ...rules.slice(from, from + SORTED_AT_ONCE)]
      .sort((a, b) => b.people - a.people || (a.rule.entity < b.rule.entity ? -1 : 1))
      .slice(0, PREVIEWED_RULES);
    await turns.pause();
  }
  return most;
}

function countsOf(matcher: ListMatcher | undefined): Readonly<Record<ListKind, number>> {
  const [user = 0, server = 0, room = 0] = LIST_KINDS.map((kind) => matcher?.count(kind) ?? 0);
  return { user, server, room };
}
