/** Joins to restricted rooms (server-server API, "Restricted rooms"): are the conditions met, and who of us vouches? */
import type { UserId } from '../../protocol/ids/user-id.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { isJsonArray, isJsonObject, own, ownString, type JsonObject } from '../../protocol/json.ts';
import { namedLevel, userLevel } from '../../protocol/power-levels.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import type { RoomGraph } from '../graph/room-graph.ts';
import type { Identity } from '../identity.ts';
import { residentIn, type ResidentDeps } from './access.ts';
import { granted, refused, type Outcome } from './outcome.ts';

/** Rooms that one join rule names and that are looked at. */
const MAX_CONDITIONS = 50;

/**
 * The user of ours to be named as `join_authorised_via_users_server`, or `undefined` where nobody need vouch: the room
 * is not restricted, or the user is invited or joined already.
 */
export async function authoriserFor(
  deps: Pick<ResidentDeps, 'registry' | 'identity'>,
  graph: RoomGraph,
  userId: UserId,
): Promise<Outcome<UserId | undefined>> {
  const joinRules = graph.room.contentOf('m.room.join_rules') ?? {};
  if (!isRestricted(joinRules, graph.room.rules)) return granted(undefined);
  const membership = graph.room.view().membershipOf(userId);
  // The banned are refused by the auth rules, as everywhere.
  if (membership === 'join' || membership === 'invite' || membership === 'ban') return granted(undefined);
  const checked = await checkConditions(deps, joinRules, userId);
  if (checked === 'unknown') return refused({ type: 'cannotAuthorise' });
  if (checked === 'failed') {
    return refused({ type: 'forbidden', detail: 'The user is in none of the rooms that this room is open to.' });
  }
  const authoriser = inviterOfOurs(graph, deps.identity);
  return authoriser === undefined ? refused({ type: 'cannotGrant' }) : granted(authoriser);
}

export function isRestricted(joinRules: JsonObject, { auth }: RoomVersionRules): boolean {
  const rule = ownString(joinRules, 'join_rule');
  return (auth.restrictedJoins && rule === 'restricted') || (auth.knockRestricted && rule === 'knock_restricted');
}

/** The rooms whose members may join; conditions of other types and malformed ones are none. */
export function allowedRooms(joinRules: JsonObject): readonly RoomId[] {
  const allow = own(joinRules, 'allow');
  if (!isJsonArray(allow)) return [];
  const rooms = allow.filter(isJsonObject).flatMap((condition) => {
    if (ownString(condition, 'type') !== 'm.room_membership') return [];
    return parseRoomId(ownString(condition, 'room_id') ?? '') ?? [];
  });
  return [...new Set(rooms)].slice(0, MAX_CONDITIONS);
}

/**
 * @NOTE the text has an error for when none of the conditions can be checked and one for when all of them fail. Where some
 * fail and others cannot be checked, another server may know more, so that the first is given.
 */
async function checkConditions(
  deps: Pick<ResidentDeps, 'registry'>,
  joinRules: JsonObject,
  userId: UserId,
): Promise<'met' | 'failed' | 'unknown'> {
  let unknown = 0;
  for (const roomId of allowedRooms(joinRules)) {
    const graph = await residentIn(deps, roomId);
    if (graph === undefined) unknown += 1;
    else if (graph.room.view().membershipOf(userId) === 'join') return 'met';
  }
  return unknown > 0 ? 'unknown' : 'failed';
}

/** The bot if it may invite, otherwise any user of ours who may. */
function inviterOfOurs(graph: RoomGraph, { serverName, botUserId }: Identity): UserId | undefined {
  const { powerLevels } = graph.room.view();
  const joined = graph.room.membersOf(serverName).filter(({ membership }) => membership === 'join');
  const users = joined.map(({ userId }) => userId).sort((a, b) => Number(b === botUserId) - Number(a === botUserId));
  return users.find((userId) => userLevel(powerLevels, userId) >= namedLevel(powerLevels, 'invite'));
}
