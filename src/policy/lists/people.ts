/** Whom of the people in rooms rules of a list are about. */
import { setImmediate } from 'node:timers/promises';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { bansOf, personOf, type SubscribedList } from './effect.ts';
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

/** Of each rule that matches anybody: whom, after the list's own unbans, exemptions and overrides. */
export async function matchedPeople(
  members: ReadonlyMap<UserId, MemberDraft>,
  subscription: SubscribedList,
  matcher: ListMatcher,
): Promise<ReadonlyMap<ListRule, readonly MatchedPerson[]>> {
  const found = new Map<ListRule, MatchedPerson[]>();
  const lists = [{ subscription, matcher }];
  let looked = 0;
  for (const [userId, member] of members) {
    looked += 1;
    if (looked % PEOPLE_AT_ONCE === 0) await setImmediate();
    for (const { rule } of bansOf(personOf(userId), lists)) {
      const people = found.get(rule) ?? [];
      people.push({ userId, ...member });
      found.set(rule, people);
    }
  }
  return found;
}
