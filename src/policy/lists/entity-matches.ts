/** What each rule of lists about somebody comes to for each of those who subscribe: asked by people who wonder why. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { parseServerName } from '../../protocol/ids/server-name.ts';
import { parseUserId } from '../../protocol/ids/user-id.ts';
import type { ListTrust } from '../questions.ts';
import {
  bansAmong,
  effectOf,
  isExempt,
  overrideOf,
  personOf,
  type Ban,
  type Person,
  type RuleFinder,
} from './effect.ts';
import { entityOf, type Entity } from './entity.ts';
import type { ListRule } from './list-rule.ts';
import type { RuleStanding } from './ports.ts';
import type { RuleGate } from './rule-gate.ts';
import type { ListSettings, Subscriber } from './subscribers.ts';
import type { RuleOverride } from './subscription.ts';

/**
 * `open`: nobody whom it is about was seen yet; `ignored` and `chosen`: an override says so; `reported`: only written to the
 * log; `exempt`: the subscription leaves them out; `taken_back`: by a rule that takes bans back; `off`: the list is not
 * subscribed to there.
 */
export type RuleEffect = RuleStanding | 'open' | 'ignored' | 'reported' | 'chosen' | 'exempt' | 'taken_back' | 'off';

export interface ShownStanding {
  readonly scope: string;
  /** Where it is otherwise than in most rooms of the community; `undefined`: in all others. */
  readonly rooms: readonly RoomId[] | undefined;
  readonly trust: ListTrust | 'off';
  readonly effect: RuleEffect;
  readonly override: Exclude<RuleOverride, 'none'> | undefined;
  /** Whom it was about when it was looked at; `undefined` before. */
  readonly reach: { readonly people: number; readonly moderators: number } | undefined;
  /** Who approved or rejected it. */
  readonly by: string | undefined;
}

type RoomStanding = Pick<ShownStanding, 'trust' | 'effect' | 'override'>;

/** Whom people ask about: a user together with their server, a server, or a room. */
export interface Asked {
  readonly entities: readonly Entity[];
  /** For exemptions; a server or a room stands for itself. */
  readonly person: Person;
}

export function askedAbout(text: string): Asked {
  const userId = parseUserId(text);
  if (userId !== undefined) {
    const person = personOf(userId);
    return { person, entities: [person.user, person.server] };
  }
  const entity = entityOf(parseServerName(text) === undefined ? 'room' : 'server', text);
  return { entities: [entity], person: { user: entity, server: entity } };
}

export interface StandingDeps {
  readonly settings: Pick<ListSettings, 'subscriptionsOf'>;
  readonly gate: Pick<RuleGate, 'find' | 'standingOf'>;
  /** Of all lists in use, as far as they can be read. */
  readonly matchers: ReadonlyMap<RoomId, RuleFinder>;
}

export class Standings {
  readonly #deps: StandingDeps;
  readonly #asked: Asked;
  /** Those that stand, by room. */
  readonly #bans = new Map<RoomId, readonly Ban[]>();

  constructor(deps: StandingDeps, asked: Asked) {
    this.#deps = deps;
    this.#asked = asked;
  }

  /** Of most rooms of the subscriber first, then of those where settings of their own make it another. */
  of(
    { scope, rooms, subscription }: Subscriber,
    rule: ListRule,
    unsubscribed: readonly RoomId[] = [],
  ): ShownStanding[] {
    const { list } = subscription;
    const decision = this.#deps.gate.find(scope, list, rule);
    const shown = {
      reach: decision === undefined ? undefined : { people: decision.people, moderators: decision.moderators },
      by: decision?.by ?? undefined,
    };
    const groups = new Map<string, { readonly standing: RoomStanding; readonly rooms: RoomId[] }>();
    for (const roomId of [...rooms, ...unsubscribed]) {
      const standing = this.#standingIn(roomId, scope, list, rule);
      const key = JSON.stringify(standing);
      const group = groups.get(key) ?? { standing, rooms: [] };
      group.rooms.push(roomId);
      groups.set(key, group);
    }
    const [most, ...others] = [...groups.values()].sort((a, b) => b.rooms.length - a.rooms.length);
    return [
      ...(most === undefined ? [] : [{ scope, rooms: undefined, ...most.standing, ...shown }]),
      ...others.map((one) => ({ scope, rooms: one.rooms, ...one.standing, ...shown })),
    ];
  }

  #standingIn(roomId: RoomId, scope: string, list: RoomId, rule: ListRule): RoomStanding {
    const subscription = this.#deps.settings.subscriptionsOf(roomId).find((one) => one.list === list);
    if (subscription === undefined) return { trust: 'off', effect: 'off', override: undefined };
    const effect = this.#effectIn(roomId, scope, subscription, rule);
    return { trust: subscription.trust, effect, override: overrideOf(subscription, rule) };
  }

  #effectIn(roomId: RoomId, scope: string, subscription: Subscriber['subscription'], rule: ListRule): RuleEffect {
    const said = effectOf(subscription, rule);
    if (said === 'ignored') return said;
    const { list } = subscription;
    if (rule.recommendation !== 'unban') {
      if (isExempt(this.#asked.person, subscription)) return 'exempt';
      const stands = this.#bansIn(roomId).some((ban) => {
        return ban.subscription.list === list && ban.rule.eventId === rule.eventId;
      });
      if (!stands) return 'taken_back';
    }
    return said ?? this.#deps.gate.standingOf(scope, list, rule) ?? 'open';
  }

  #bansIn(roomId: RoomId): readonly Ban[] {
    const known = this.#bans.get(roomId);
    if (known !== undefined) return known;
    const lists = this.#deps.settings.subscriptionsOf(roomId).flatMap((subscription) => {
      const matcher = this.#deps.matchers.get(subscription.list);
      return matcher === undefined ? [] : [{ subscription, matcher }];
    });
    const bans = bansAmong(this.#asked.entities, this.#asked.person, lists);
    this.#bans.set(roomId, bans);
    return bans;
  }
}
