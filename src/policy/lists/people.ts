/** Whom of the people in rooms rules of a list are about. */
import { setImmediate } from 'node:timers/promises';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { isJsonArray, own, ownString } from '../../protocol/json.ts';
import { bansOf, personOf, roomBansOf, type SubscribedList, type SubscribedMatchers } from './effect.ts';
import { entityOf, type Entity } from './entity.ts';
import type { ListRule } from './list-rule.ts';
import type { ListMatcher } from './matcher.ts';
import type { ListRoom, ListRooms } from './ports.ts';

/** Somebody who is joined to rooms and whom a rule is about. */
export interface MatchedPerson {
  readonly userId: UserId;
  readonly displayName: string | undefined;
  readonly rooms: readonly RoomId[];
  /** Of those rooms: where they moderate. The bot itself counts as moderator everywhere. */
  readonly moderates: readonly RoomId[];
}

interface MemberDraft {
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
): Promise<ReadonlyMap<UserId, MemberDraft>> {
  const members = new Map<UserId, MemberDraft>();
  for (const roomId of roomIds) {
    const room = await rooms.load(roomId);
    if (room === undefined) continue;
    const view = room.view();
    const moderators = new Set(view.moderators().map(({ userId }) => userId)).add(botUserId);
    for (const userId of joinedTo(room, only)) {
      const member = members.get(userId) ?? { displayName: view.displayNameOf(userId), rooms: [], moderates: [] };
      member.rooms.push(roomId);
      if (moderators.has(userId)) member.moderates.push(roomId);
      members.set(userId, member);
    }
  }
  return members;
}

function joinedTo(room: ListRoom, only: UserId | undefined): readonly UserId[] {
  if (only !== undefined) return room.view().membershipOf(only) === 'join' ? [only] : [];
  return room.membersOf().flatMap(({ userId, membership }) => (membership === 'join' ? [userId] : []));
}

/** Looked at before others get their turn. */
const PEOPLE_AT_ONCE = 500;

/** Rooms that rules of a list are about, by what these may call them: id and aliases. */
export type NamedRooms = ReadonlyMap<RoomId, readonly Entity[]>;

export async function namedRooms(
  rooms: Pick<ListRooms, 'load'>,
  roomIds: readonly RoomId[],
  matcher: ListMatcher,
): Promise<NamedRooms> {
  const named = new Map<RoomId, readonly Entity[]>();
  if (matcher.count('room') === 0) return named;
  for (const roomId of roomIds) {
    const room = await rooms.load(roomId);
    const names = [roomId, ...(room === undefined ? [] : aliasesOf(room))].map((name) => entityOf('room', name));
    const matched = names.filter((name) => matcher.match(name).length > 0);
    if (matched.length > 0) named.set(roomId, matched);
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

/**
 * Of each rule that matches anybody: whom, after the list's own unbans, exemptions and overrides. A rule about a room is
 * about everybody in it.
 */
export async function matchedPeople(
  members: ReadonlyMap<UserId, MemberDraft>,
  subscription: SubscribedList,
  matcher: ListMatcher,
  named: NamedRooms,
): Promise<ReadonlyMap<ListRule, readonly MatchedPerson[]>> {
  const found = new Map<ListRule, MatchedPerson[]>();
  const lists = [{ subscription, matcher }];
  let looked = 0;
  for (const [userId, member] of members) {
    looked += 1;
    if (looked % PEOPLE_AT_ONCE === 0) await setImmediate();
    for (const [rule, where] of rulesAbout(userId, member, lists, named)) {
      const people = found.get(rule) ?? [];
      people.push({ userId, ...where });
      found.set(rule, people);
    }
  }
  return found;
}

/** With the member's rooms that each rule is about. */
function rulesAbout(
  userId: UserId,
  member: MemberDraft,
  lists: SubscribedMatchers,
  named: NamedRooms,
): ReadonlyMap<ListRule, MemberDraft> {
  const person = personOf(userId);
  const found = new Map<ListRule, MemberDraft>();
  for (const { rule } of bansOf(person, lists)) found.set(rule, member);
  if (named.size === 0) return found;
  for (const roomId of member.rooms) {
    const rules = (named.get(roomId) ?? []).flatMap((name) => roomBansOf(name, person, lists).map(({ rule }) => rule));
    for (const rule of new Set(rules)) {
      const where = found.get(rule) ?? { displayName: member.displayName, rooms: [], moderates: [] };
      where.rooms.push(roomId);
      if (member.moderates.includes(roomId)) where.moderates.push(roomId);
      found.set(rule, where);
    }
  }
  return found;
}
