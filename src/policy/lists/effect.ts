/** What lists say about one person: bans that stand after exemptions, overrides and rules that take bans back. */
import { compileGlob, type GlobMatcher } from '../../protocol/glob.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { serverNameOf, type UserId } from '../../protocol/ids/user-id.ts';
import type { ListTrust } from '../questions.ts';
import type { ListRule } from './list-rule.ts';
import { entityOf, type Entity, type ListMatcher } from './matcher.ts';
import type { ListSubscription } from './subscription.ts';

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

export type SubscribedMatchers = readonly { readonly subscription: SubscribedList; readonly matcher: ListMatcher }[];

/** The bans about a person that stand, in the order of the subscriptions. */
export function bansOf(person: Person, lists: SubscribedMatchers): readonly Ban[] {
  return bansAmong([person.user, person.server], person, lists);
}

/** The bans about a room that somebody leads others to. */
export function roomBansOf(room: Entity, by: Person, lists: SubscribedMatchers): readonly Ban[] {
  return bansAmong([room], by, lists);
}

function bansAmong(entities: readonly Entity[], person: Person, lists: SubscribedMatchers): readonly Ban[] {
  const bans: Ban[] = [];
  const unbans: Ban[] = [];
  for (const { subscription, matcher } of lists) {
    for (const entity of entities) {
      for (const rule of matcher.match(entity)) {
        const chosen = overrideOf(subscription, rule);
        if (chosen === 'ignore') continue;
        const trust = chosen ?? subscription.trust;
        const found = { subscription, rule, entity, trust, isChosen: chosen !== undefined };
        (rule.recommendation === 'unban' ? unbans : bans).push(found);
      }
    }
  }
  if (bans.length === 0) return bans;
  return bans.filter((ban) => !isExempt(person, ban.subscription) && !unbans.some((unban) => takesBack(unban, ban)));
}

const RANK: Readonly<Record<ListTrust, number>> = { notify: 0, flag: 1, enforce: 2 };

/** A list that is trusted less takes nothing back; that a server is welcome says nothing about each of its users. */
function takesBack(unban: Ban, ban: Ban): boolean {
  if (RANK[unban.trust] < RANK[ban.trust]) return false;
  return unban.entity.kind === 'user' || ban.entity.kind === unban.entity.kind;
}

export function overrideOf({ overrides }: ListSubscription, rule: ListRule): 'ignore' | 'enforce' | 'flag' | undefined {
  for (const name of [rule.eventId, rule.entity]) if (Object.hasOwn(overrides, name)) return overrides[name];
  return undefined;
}

/** What a subscription says of a rule whatever its standing is. */
export function effectOf(
  subscription: ListSubscription,
  rule: ListRule,
): 'ignored' | 'chosen' | 'reported' | undefined {
  const chosen = overrideOf(subscription, rule);
  if (chosen !== undefined) return chosen === 'ignore' ? 'ignored' : 'chosen';
  return subscription.trust === 'notify' ? 'reported' : undefined;
}

const compiledExemptions = new WeakMap<ListSubscription, (person: Person) => boolean>();

function isExempt(person: Person, subscription: ListSubscription): boolean {
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
