/** New rooms, on command of the owner (as `POST /createRoom` of the client-server API describes them). */
import { parseRoomAlias, serverNameOfAlias, type RoomAlias } from '../../protocol/ids/room-alias.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { POLICY_EVENT_TYPE, roomPolicyContent } from '../../protocol/room-policy.ts';
import { roomVersionRules, type RoomVersionRules } from '../../protocol/room-versions.ts';
import type { DirectoryStore } from '../graph/ports.ts';
import type { Identity } from '../identity.ts';
import { firstPowerLevels } from './first-power-levels.ts';
import { inviteUser, type InviteDeps, type InviteResult } from './invite-user.ts';
import { beginRoom, type FirstState } from './new-room.ts';

/** The room version that new rooms have where none is asked for. */
export const DEFAULT_ROOM_VERSION = '12';

export interface CreateRoomDeps extends InviteDeps {
  readonly directory: DirectoryStore;
}

export interface NewRoom {
  readonly version: string;
  readonly name?: string | undefined;
  /** On this server. */
  readonly alias?: RoomAlias | undefined;
  /** Listed, and open to everybody. */
  readonly isPublic: boolean;
  readonly invite: readonly UserId[];
  /** The room names this server as its policy server from the start. */
  readonly isProtected: boolean;
}

export type CreateOutcome =
  | { type: 'created'; roomId: RoomId; alias: RoomAlias | undefined; invites: readonly InviteResult[] }
  | { type: 'unsupportedRoomVersion'; roomVersion: string }
  | { type: 'aliasTaken'; alias: RoomAlias }
  | { type: 'refused'; reason: string };

export async function createRoom(deps: CreateRoomDeps, wanted: NewRoom): Promise<CreateOutcome> {
  const { identity, directory } = deps;
  const rules = roomVersionRules(wanted.version);
  if (rules === undefined) return { type: 'unsupportedRoomVersion', roomVersion: wanted.version };
  const { alias } = wanted;
  if (alias !== undefined && (await directory.roomOfAlias(alias)) !== undefined) return { type: 'aliasTaken', alias };
  const begun = await beginRoom(deps, rules, {}, firstState(identity, rules, wanted));
  if (!begun.ok) return { type: 'refused', reason: begun.reason };
  const { graph } = begun;
  const { roomId } = graph.room;
  const isNamed = alias !== undefined && (await directory.putAlias(alias, roomId));
  if (isNamed) {
    const content = { alias };
    await graph.send({ type: 'm.room.canonical_alias', stateKey: '', sender: identity.botUserId, content });
  }
  if (wanted.isPublic) await directory.setPublic(roomId, true);
  const invites: InviteResult[] = [];
  for (const userId of wanted.invite) invites.push(await inviteUser(deps, roomId, userId));
  return { type: 'created', roomId, alias: isNamed ? alias : undefined, invites };
}

/** The presets `public_chat` and `private_chat`, protected as soon as somebody else could be there. */
function firstState(identity: Identity, rules: RoomVersionRules, wanted: NewRoom): readonly FirstState[] {
  const { isPublic, isProtected, name } = wanted;
  const state: FirstState[] = [
    { type: 'm.room.power_levels', content: firstPowerLevels(identity.botUserId, rules, isPublic) },
  ];
  if (isProtected) {
    const content = roomPolicyContent(identity.serverName, identity.policyKey.publicKeyText);
    state.push({ type: POLICY_EVENT_TYPE, content });
  }
  state.push(
    { type: 'm.room.join_rules', content: { join_rule: isPublic ? 'public' : 'invite' } },
    { type: 'm.room.history_visibility', content: { history_visibility: 'shared' } },
    { type: 'm.room.guest_access', content: { guest_access: isPublic ? 'forbidden' : 'can_join' } },
  );
  if (name !== undefined) state.push({ type: 'm.room.name', content: { name } });
  return state;
}

/** An alias of this server from `#name:server` or the name alone; `undefined` where it is neither, or another server's. */
export function ownAlias(text: string, serverName: ServerName): RoomAlias | undefined {
  const alias = parseRoomAlias(text.startsWith('#') ? text : `#${text}:${serverName}`);
  return alias !== undefined && serverNameOfAlias(alias) === serverName ? alias : undefined;
}
