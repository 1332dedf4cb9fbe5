/** Brings the members of a room that is replaced along into its replacement. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { serverNameOf, type UserId } from '../../protocol/ids/user-id.ts';
import { ownString } from '../../protocol/json.ts';
import type { RoomGraph } from '../graph/room-graph.ts';
import { inviteUser, type InviteDeps } from './invite-user.ts';

const SERVERS_AT_ONCE = 8;
/** A server that refused so many in a row is not asked about its other users. */
const MAX_FAILURES = 3;
const MAX_TIME_MS = 60_000;

/** Whether the room lets in only those who are invited. */
export function needsInvites(graph: RoomGraph): boolean {
  const rule = ownString(graph.room.contentOf('m.room.join_rules') ?? {}, 'join_rule');
  return rule !== 'public';
}

/** Invites who is joined to `old`. Returns how many there were, and how many of them could not be invited. */
export async function inviteMembersOf(
  old: RoomGraph,
  replacement: RoomId,
  deps: InviteDeps,
): Promise<{ members: number; notInvited: number }> {
  const { serverName } = deps.identity;
  const joined = old.room.membersOf().filter(({ membership }) => membership === 'join');
  const members = joined.map(({ userId }) => userId).filter((userId) => serverNameOf(userId) !== serverName);
  const deadline = deps.clock.now() + MAX_TIME_MS;
  const servers = [...Map.groupBy(members, serverNameOf).values()];
  let invited = 0;
  const work = async (): Promise<void> => {
    for (let users = servers.pop(); users !== undefined; users = servers.pop()) {
      invited += await inviteAll(deps, replacement, users, deadline);
    }
  };
  await Promise.all(Array.from({ length: SERVERS_AT_ONCE }, work));
  return { members: members.length, notInvited: members.length - invited };
}

/** Users of one server. Returns how many have been invited. */
async function inviteAll(
  deps: InviteDeps,
  roomId: RoomId,
  users: readonly UserId[],
  deadline: number,
): Promise<number> {
  let invited = 0;
  let failures = 0;
  for (const userId of users) {
    if (failures >= MAX_FAILURES || deps.clock.now() >= deadline) break;
    const isInvited = (await inviteUser(deps, roomId, userId)).failed === undefined;
    failures = isInvited ? 0 : failures + 1;
    if (isInvited) invited += 1;
  }
  return invited;
}
