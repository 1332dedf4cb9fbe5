/** What is known of one person, room by room, and how events change it. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { PersonAnswer } from '../answers.ts';
import type { PersonInRoom } from './ports.ts';

type Changing<T> = { -readonly [K in keyof T]: T[K] };
export type History = Changing<Omit<PersonInRoom, 'userId'>>;

export interface Person {
  /** Until what is stored is read, `rooms` holds what was added since. */
  isLoaded: boolean;
  /** When it was last moved to the end of those that are kept in memory, in uses. */
  movedAt: number;
  readonly rooms: History[];
}

export function newHistory(roomId: RoomId): History {
  return {
    roomId,
    firstSeenAt: null,
    joinedAt: null,
    lastJoinAt: null,
    leftAt: null,
    isInvited: false,
    messages: 0,
  };
}

export function historyIn(person: Person, roomId: RoomId): History | undefined {
  for (const history of person.rooms) if (history.roomId === roomId) return history;
  return undefined;
}

export function seen(history: History, at: number): void {
  history.firstSeenAt = Math.min(history.firstSeenAt ?? at, at);
}

/** Puts what is stored under what was added since, which is no membership. */
export function load(person: Person, stored: readonly PersonInRoom[]): void {
  if (person.isLoaded) return;
  person.isLoaded = true;
  for (const { roomId, firstSeenAt, joinedAt, lastJoinAt, leftAt, isInvited, messages } of stored) {
    const added = historyIn(person, roomId);
    const history = added ?? newHistory(roomId);
    Object.assign(history, { joinedAt, lastJoinAt, leftAt, isInvited });
    if (firstSeenAt !== null) seen(history, firstSeenAt);
    history.messages += messages;
    if (added === undefined) person.rooms.push(history);
  }
}

/** A member event of the room's stream, in order. Changes of the profile are joins of those who are joined. */
export function changeMembership(history: History, membership: string, at: number): void {
  if (membership === 'invite') history.isInvited = true;
  else if (membership === 'join') {
    history.joinedAt ??= at;
    history.lastJoinAt = at;
  } else if (membership === 'leave' || membership === 'ban') {
    history.joinedAt = null;
    history.leftAt = at;
    history.isInvited = false;
  }
}

/** A member event of the state that a room had, or of what led to it: these come in any order. */
export function learnMembership(history: History, membership: string, at: number): void {
  const { joinedAt, leftAt, lastJoinAt } = history;
  if (membership === 'join') {
    history.lastJoinAt = Math.max(lastJoinAt ?? at, at);
    if (leftAt === null || at > leftAt) history.joinedAt = Math.min(joinedAt ?? at, at);
  } else if (membership === 'invite') {
    if (leftAt === null || at > leftAt) history.isInvited = true;
  } else if (membership === 'leave' || membership === 'ban') {
    history.leftAt = Math.max(leftAt ?? at, at);
    if (joinedAt !== null && joinedAt <= at) {
      history.joinedAt = lastJoinAt !== null && lastJoinAt > at ? lastJoinAt : null;
    }
    if (history.joinedAt === null) history.isInvited = false;
  }
}

export function answerAbout(
  { rooms }: Person,
  roomId: RoomId,
  communityOf: (roomId: RoomId) => string | undefined,
): PersonAnswer {
  const community = communityOf(roomId);
  const isNear = (other: RoomId): boolean =>
    other === roomId || (community !== undefined && communityOf(other) === community);
  let firstSeenAt: number | null = null;
  let firstSeenInCommunityAt: number | null = null;
  let messagesInCommunity = 0;
  for (const history of rooms) {
    firstSeenAt = earlier(firstSeenAt, history.firstSeenAt);
    if (!isNear(history.roomId)) continue;
    firstSeenInCommunityAt = earlier(firstSeenInCommunityAt, history.firstSeenAt);
    messagesInCommunity += history.messages;
  }
  const here = rooms.find((history) => history.roomId === roomId);
  return {
    firstSeenAt,
    firstSeenInCommunityAt,
    joinedAt: here?.joinedAt ?? null,
    wasInvited: here?.isInvited ?? false,
    messagesHere: here?.messages ?? 0,
    messagesInCommunity,
  };
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
