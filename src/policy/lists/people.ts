/** Whom of the people in rooms rules of a list are about. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { isJsonArray, own, ownString } from '../../protocol/json.ts';
import { bansOf, personOf, roomBansOf, type Person, type RuleFinder, type SubscribedList } from './effect.ts';
import { entityOf, type Entity } from './entity.ts';
import type { ListRule } from './list-rule.ts';
import type { ListMatcher } from './matcher.ts';
import type { ListRoom, ListRooms } from './ports.ts';
import { Turns } from './turns.ts';

/** Somebody who is joined to rooms and whom a rule is about. */
export interface MatchedPerson {
  readonly userId: UserId;
  readonly displayName: string | undefined;
  readonly rooms: readonly RoomId[];
  /** Of those rooms: where they moderate. The bot itself counts as moderator everywhere. */
  readonly moderates: readonly RoomId[];
}

/** A rule that is about somebody. */
export interface MatchedRule {
  readonly rule: ListRule;
  readonly people: number;
  readonly moderators: number;
  /** Some of them, moderators first. */
  readonly listed: readonly MatchedPerson[];
}

export interface MatchedPeople {
  readonly rules: readonly MatchedRule[];
  /** Each counts once, however many rules are about them. */
  readonly people: number;
  readonly moderators: number;
}

export interface Member {
  readonly userId: UserId;
  readonly displayName: string | undefined;
  readonly rooms: RoomId[];
  readonly moderates: RoomId[];
}

/** Everybody who is joined to one of the rooms, or one user where only they matter. */
export async function membersOf(
  rooms: Pick<ListRooms, 'load'>,
  roomIds: readonly RoomId[],
  botUserId: UserId,
  only?: UserId,
): Promise<ReadonlyMap<UserId, Member>> {
  const members = new Map<UserId, Member>();
  const turns = new Turns();
  for (const roomId of roomIds) {
    const room = await rooms.load(roomId);
    if (room === undefined) continue;
    const view = room.view();
    const moderators = new Set(view.moderators().map(({ userId }) => userId)).add(botUserId);
    for (const userId of joinedTo(room, only)) {
      const member = members.get(userId) ?? {
        ...{ userId, displayName: view.displayNameOf(userId), rooms: [], moderates: [] },
      };
      member.rooms.push(roomId);
      if (moderators.has(userId)) member.moderates.push(roomId);
      members.set(userId, member);
      const turn = turns.next();
      if (turn !== undefined) await turn;
    }
  }
  return members;
}

function joinedTo(room: ListRoom, only: UserId | undefined): Iterable<UserId> {
  if (only !== undefined) return room.view().membershipOf(only) === 'join' ? [only] : [];
  return room.joinedUsers();
}

/** Rooms that rules of a list are about, by what these may call them: id and aliases. */
export type NamedRooms = ReadonlyMap<RoomId, readonly Entity[]>;

export async function namedRooms(
  rooms: Pick<ListRooms, 'load'>,
  roomIds: readonly RoomId[],
  matcher: ListMatcher,
): Promise<NamedRooms> {
  const named = new Map<RoomId, readonly Entity[]>();
  if (matcher.count('room') === 0) return named;
  const turns = new Turns();
  for (const roomId of roomIds) {
    const room = await rooms.load(roomId);
    const names = [roomId, ...(room === undefined ? [] : aliasesOf(room))].map((name) => entityOf('room', name));
    const matched = names.filter((name) => matcher.match(name).length > 0);
    if (matched.length > 0) named.set(roomId, matched);
    const turn = turns.next();
    if (turn !== undefined) await turn;
  }
  return named;
}

function aliasesOf(room: ListRoom): readonly string[] {
  const content = room.stateEvent('m.room.canonical_alias', '')?.content ?? {};
  const others = own(content, 'alt_aliases');
  return [ownString(content, 'alias'), ...(isJsonArray(others) ? others : [])].filter(
    (name) => typeof name === 'string',
  );
}

export interface Search {
  readonly members: ReadonlyMap<UserId, Member>;
  readonly named: NamedRooms;
  readonly subscription: SubscribedList;
  readonly matcher: ListMatcher;
  /** Where given, the rules that are asked about: others about the same people are left out. */
  readonly wanted?: ListMatcher;
  /** People to be listed for each rule; all are counted. */
  readonly listed: number;
}

/**
 * Of each rule that matches anybody: whom, after the list's own unbans, exemptions and overrides. A rule about a room is
 * about everybody in it.
 */
export async function matchedPeople(search: Search): Promise<MatchedPeople> {
  const { subscription, matcher, wanted } = search;
  const tally = new Tally(search.listed);
  const lists = [{ subscription, matcher: finderOver(matcher) }];
  const filter = wanted === undefined ? undefined : finderOver(wanted);
  const asked = wanted === undefined ? undefined : new Set(wanted.rules());
  const turns = new Turns();
  for (const member of search.members.values()) {
    const person = personOf(member.userId);
    if (isAskedAbout(person, member, filter, search.named)) {
      for (const [rule, where] of rulesAbout(person, member, lists, search.named)) {
        if (asked?.has(rule) !== false) tally.add(rule, where);
      }
    }
    const turn = turns.next();
    if (turn !== undefined) await turn;
  }
  return tally;
}

function isAskedAbout(person: Person, { rooms }: Member, filter: RuleFinder | undefined, named: NamedRooms): boolean {
  if (filter === undefined) return true;
  if (filter.match(person.user).length > 0 || filter.match(person.server).length > 0) return true;
  return named.size > 0 && rooms.some((roomId) => named.has(roomId));
}

/** Every rule; each server is looked for once, however many of its users there are. */
function finderOver(matcher: ListMatcher): RuleFinder {
  const servers = new Map<string, readonly ListRule[]>();
  return {
    match: (entity) => {
      if (entity.kind !== 'server') return matcher.matchAll(entity);
      const known = servers.get(entity.text) ?? matcher.matchAll(entity);
      servers.set(entity.text, known);
      return known;
    },
  };
}

type Lists = Parameters<typeof bansOf>[1];
const NOTHING: ReadonlyMap<ListRule, Member> = new Map();

/** With the member's rooms that each rule is about. */
function rulesAbout(person: Person, member: Member, lists: Lists, named: NamedRooms): ReadonlyMap<ListRule, Member> {
  const bans = bansOf(person, lists);
  if (bans.length === 0 && named.size === 0) return NOTHING;
  const found = new Map<ListRule, Member>();
  for (const { rule } of bans) found.set(rule, member);
  for (const roomId of named.size === 0 ? [] : member.rooms) {
    const rules = (named.get(roomId) ?? []).flatMap((name) => roomBansOf(name, person, lists).map(({ rule }) => rule));
    for (const rule of new Set(rules)) {
      const where = found.get(rule) ?? { ...member, rooms: [], moderates: [] };
      where.rooms.push(roomId);
      if (member.moderates.includes(roomId)) where.moderates.push(roomId);
      found.set(rule, where);
    }
  }
  return found;
}

/** People whom every rule may list; and how many all rules may list beyond that. */
const LISTED_ALWAYS = 3;
const MAX_LISTED = 2_000;

interface Count {
  readonly rule: ListRule;
  people: number;
  moderators: number;
  readonly listed: MatchedPerson[];
}

/** Counts all and keeps few: a rule may be about everybody, and a list may have thousands like it. */
class Tally implements MatchedPeople {
  readonly #most: number;
  readonly #counts = new Map<ListRule, Count>();
  #listed = 0;
  #last: UserId | undefined;
  people = 0;
  moderators = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get rules(): readonly MatchedRule[] {
    return [...this.#counts.values()];
  }

  /** One person after another. */
  add(rule: ListRule, person: MatchedPerson): void {
    const moderates = person.moderates.length > 0;
    if (person.userId !== this.#last) {
      this.#last = person.userId;
      this.people += 1;
      if (moderates) this.moderators += 1;
    }
    const count = this.#counts.get(rule) ?? { rule, people: 0, moderators: 0, listed: [] };
    count.people += 1;
    this.#list(count, person, moderates);
    if (moderates) count.moderators += 1;
    this.#counts.set(rule, count);
  }

  #list({ listed, moderators }: Count, person: MatchedPerson, moderates: boolean): void {
    const hasRoom = listed.length < this.#most && (listed.length < LISTED_ALWAYS || this.#listed < MAX_LISTED);
    if (hasRoom) this.#listed += 1;
    else if (moderates && moderators < listed.length) listed.pop();
    else return;
    if (moderates) listed.splice(moderators, 0, person);
    else listed.push(person);
  }
}
