/** What lists say about one person: bans that stand after exemptions, overrides and rules that take bans back. */
import { compileGlob, type GlobMatcher } from '../../protocol/glob.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { serverNameOf, type UserId } from '../../protocol/ids/user-id.ts';
import type { ListTrust } from '../questions.ts';
import { entityOf, type Entity } from './entity.ts';
import type { ListKind, ListRule } from './list-rule.ts';
import type { ListSubscription, RuleOverride } from './subscription.ts';

export interface SubscribedList extends ListSubscription {
  readonly list: RoomId;
}

/** A user together with their server. */
export interface Person {
  readonly user: Entity;
  readonly server: Entity;
}

export function personOf(userId: UserId): Person {
  return { user: entityOf('user', userId), server: entityOf('server', serverNameOf(userId)) };
}

export interface Ban {
  readonly subscription: SubscribedList;
  readonly rule: ListRule;
  /** Whom or what the rule is about: the user, their server, or a room. */
  readonly entity: Entity;
  readonly trust: ListTrust;
  /** A human has named this very rule, so that it does not wait for one. */
  readonly isChosen: boolean;
}

/** What finds rules about somebody. */
export interface RuleFinder {
  match(entity: Entity): readonly ListRule[];
}

export type SubscribedMatchers<T extends RuleFinder = RuleFinder> = readonly {
  readonly subscription: SubscribedList;
  readonly matcher: T;
}[];

/** The bans about a person that stand, in the order of the subscriptions. */
export function bansOf(person: Person, lists: SubscribedMatchers): readonly Ban[] {
  return bansAmong([person.user, person.server], person, lists);
}

/** The bans about a room that somebody leads others to. */
export function roomBansOf(room: Entity, by: Person, lists: SubscribedMatchers): readonly Ban[] {
  return bansAmong([room], by, lists);
}

/** The bans about any of these that stand; exemptions are the person's. */
export function bansAmong(entities: readonly Entity[], person: Person, lists: SubscribedMatchers): readonly Ban[] {
  const bans: Ban[] = [];
  const unbans = new Map<ListKind, number>();
  for (const { subscription, matcher } of lists) {
    for (const entity of entities) {
      for (const rule of matcher.match(entity)) {
        const chosen = overrideOf(subscription, rule);
        if (chosen === 'ignore') continue;
        const trust = chosen ?? subscription.trust;
        if (rule.recommendation !== 'unban') {
          bans.push({ subscription, rule, entity, trust, isChosen: chosen !== undefined });
        } else {
          unbans.set(entity.kind, Math.max(RANK[trust], unbans.get(entity.kind) ?? 0));
        }
      }
    }
  }
  if (bans.length === 0) return bans;
  const exempt = new Map<SubscribedList, boolean>();
  return bans.filter((ban) => {
    const isOut = exempt.get(ban.subscription) ?? isExempt(person, ban.subscription);
    exempt.set(ban.subscription, isOut);
    return !isOut && !isTakenBack(ban, unbans);
  });
}

const RANK: Readonly<Record<ListTrust, number>> = { notify: 0, flag: 1, enforce: 2 };

/**
 * By the highest rank of unbans of each kind. A list that is trusted less takes nothing back; that a server is welcome says
 * nothing about each of its users.
 */
function isTakenBack({ trust, entity }: Ban, unbans: ReadonlyMap<ListKind, number>): boolean {
  const rank = RANK[trust];
  return (unbans.get('user') ?? -1) >= rank || (unbans.get(entity.kind) ?? -1) >= rank;
}

export function overrideOf(
  { overrides }: Pick<ListSubscription, 'overrides'>,
  rule: ListRule,
): Exclude<RuleOverride, 'none'> | undefined {
  for (const name of [rule.eventId, rule.entity]) {
    if (!Object.hasOwn(overrides, name)) continue;
    const chosen = overrides[name];
    return chosen === 'none' ? undefined : chosen;
  }
  return undefined;
}

/** What a subscription says of a rule whatever its standing is. */
export function effectOf(subscription: SubscribedList, rule: ListRule): 'ignored' | 'chosen' | 'reported' | undefined {
  const chosen = overrideOf(subscription, rule);
  if (chosen !== undefined) return chosen === 'ignore' ? 'ignored' : 'chosen';
  return subscription.trust === 'notify' ? 'reported' : undefined;
}

const compiledExemptions = new WeakMap<SubscribedList, (person: Person) => boolean>();

/** Exemptions are of people: rules about servers and rooms leave them out too. */
export function isExempt(person: Person, subscription: SubscribedList): boolean {
  let test = compiledExemptions.get(subscription);
  if (test === undefined) {
    const users = subscription.exempt.users.map((glob) => compileGlob(glob, { ignoreCase: false }));
    const servers = subscription.exempt.servers.map((glob) => compileGlob(glob, { ignoreCase: true }));
    test = ({ user, server }) => covers(users, user) || covers(servers, server);
    compiledExemptions.set(subscription, test);
  }
  return test(person);
}

function covers(globs: readonly GlobMatcher[], entity: Entity): boolean {
  return globs.some((matches) => entity.spellings.some(matches));
}
