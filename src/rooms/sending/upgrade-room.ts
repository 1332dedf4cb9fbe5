/** Room upgrades (client-server API, "Room Upgrades", "Server behaviour"). */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { isJsonArray, own, ownString, withKeys, type JsonObject, type JsonValue } from '../../protocol/json.ts';
import { namedLevel, readLevel } from '../../protocol/power-levels.ts';
import { POLICY_EVENT_TYPE } from '../../protocol/room-policy.ts';
import { roomVersionRules, type RoomVersionRules } from '../../protocol/room-versions.ts';
import type { RoomGraph, SubmitResult } from '../graph/room-graph.ts';
import type { CreateRoomDeps } from './create-room.ts';
import { copiedPowerLevels } from './first-power-levels.ts';
import { inviteMembersOf, needsInvites } from './invite-members.ts';
import { beginRoom, type FirstState } from './new-room.ts';
import { refusalOf, tryOwnEvent } from './own-event.ts';

export type UpgradeOutcome =
  /** `notes`: what could not be done, in sentences. */
  | { type: 'upgraded'; roomId: RoomId; replaces: RoomId; notes: readonly string[] }
  | { type: 'notJoined' }
  | { type: 'unsupportedRoomVersion'; roomVersion: string }
  | { type: 'refused'; reason: string };

/** State that the new room gets; the levels come last, for they may not allow the bot to send the rest. */
const COPIED_STATE = [
  POLICY_EVENT_TYPE,
  'm.room.server_acl',
  'm.room.encryption',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.guest_access',
  'm.room.history_visibility',
  'm.room.join_rules',
] as const;
const MAX_BANS = 1_000;
const TOMBSTONE_TEXT = 'This room has been replaced.';

export async function upgradeRoom(deps: CreateRoomDeps, roomId: RoomId, version: string): Promise<UpgradeOutcome> {
  const rules = roomVersionRules(version);
  if (rules === undefined) return { type: 'unsupportedRoomVersion', roomVersion: version };
  const old = await deps.registry.graphOf(roomId);
  if (old?.room.record.membership !== 'joined') return { type: 'notJoined' };
  // 1. Checks that the user has permission to send m.room.tombstone events in the room.
  const { identity, clock } = deps;
  const draft = tombstone(deps, roomId);
  const allowed = await tryOwnEvent(old, { identity, room: old.room, draft, now: clock.now() });
  if (!allowed.ok) return { type: 'refused', reason: allowed.reason };
  // 2., 3. Creates a replacement room, and replicates transferable state events to it.
  const state = [...copiedState(old), ...(await bans(old)), ...powerLevels(deps, old, rules)];
  const begun = await beginRoom(deps, rules, createContent(old, rules), state);
  if (!begun.ok) return { type: 'refused', reason: begun.reason };
  const replacement = begun.graph.room.roomId;
  const notes = [...new Set(begun.leftOut)].map((type) => `${type} is not allowed in the new room and was left out`);
  // 4. Moves any local aliases to the new room.
  await moveListing(deps, old, begun.graph, notes);
  // 5. Sends a m.room.tombstone event to the old room.
  note(notes, 'the old room could not be closed', await old.send(tombstone(deps, replacement)));
  // 6. If possible, the power levels in the old room should also be modified.
  const quieter = quietLevels(old);
  if (quieter !== undefined) {
    const sender = identity.botUserId;
    const sent = await old.send({ type: 'm.room.power_levels', stateKey: '', sender, content: quieter });
    note(notes, 'the levels of the old room could not be raised', sent);
  }
  if (needsInvites(begun.graph)) {
    const { members, notInvited } = await inviteMembersOf(old, replacement, deps);
    if (notInvited > 0) notes.push(`${notInvited} of ${members} members could not be invited`);
  }
  return { type: 'upgraded', roomId: replacement, replaces: roomId, notes };
}

function note(notes: string[], what: string, result: SubmitResult): void {
  if (!result.ok) notes.push(`${what}: ${refusalOf(result)}`);
}

function tombstone({ identity }: CreateRoomDeps, replacement: RoomId) {
  const content = { body: TOMBSTONE_TEXT, replacement_room: replacement };
  return { type: 'm.room.tombstone', stateKey: '', sender: identity.botUserId, content };
}

/** Type and reach of the old room stay; its additional creators do not ("Server behaviour", note on v1.16). */
function createContent(old: RoomGraph, rules: RoomVersionRules): JsonObject {
  const before = old.room.createEvent?.content ?? {};
  const [last] = old.extremities;
  // Since v1.16: from version 12 on the event may be left out.
  const lastEvent: JsonObject = rules.auth.roomIdIsCreateHash || last === undefined ? {} : { event_id: last };
  const kept = ['type', 'm.federate'].flatMap((key): [string, JsonValue][] => {
    const value = own(before, key);
    return value === undefined ? [] : [[key, value]];
  });
  return { ...Object.fromEntries(kept), predecessor: { room_id: old.room.roomId, ...lastEvent } };
}

function copiedState(old: RoomGraph): readonly FirstState[] {
  return COPIED_STATE.flatMap((type): FirstState[] => {
    const event = old.room.stateEvent(type, '');
    return event === undefined ? [] : [{ type, content: event.content, isOptional: true }];
  });
}

/** Who was banned stays out: bans are the one membership that another may write. */
async function bans(old: RoomGraph): Promise<readonly FirstState[]> {
  const members = (await old.states.idsOf(old.currentState)).get('m.room.member') ?? new Map();
  const known = await old.events.many(members.values());
  const banned = [...known.values()].filter(({ pdu }) => ownString(pdu.content, 'membership') === 'ban');
  return banned.slice(0, MAX_BANS).map(({ pdu }): FirstState => {
    const reason = ownString(pdu.content, 'reason');
    const content = { membership: 'ban', ...(reason === undefined ? {} : { reason }) };
    return { type: 'm.room.member', stateKey: pdu.stateKey ?? '', content, isOptional: true };
  });
}

function powerLevels({ identity }: CreateRoomDeps, old: RoomGraph, rules: RoomVersionRules): readonly FirstState[] {
  const content = old.room.contentOf('m.room.power_levels');
  if (content === undefined) return [];
  const copied = copiedPowerLevels(content, old.room.rules.auth, rules.auth, new Set([identity.botUserId]));
  return [{ type: 'm.room.power_levels', content: copied }];
}

async function moveListing(
  deps: CreateRoomDeps,
  old: RoomGraph,
  replacement: RoomGraph,
  notes: string[],
): Promise<void> {
  const { directory, identity } = deps;
  const from = old.room.roomId;
  const to = replacement.room.roomId;
  if ((await directory.publicRooms()).includes(from)) {
    await directory.setPublic(to, true);
    await directory.setPublic(from, false);
  }
  const moved = new Set(await directory.aliasesOf(from));
  if (moved.size === 0) return;
  await directory.moveAliases(from, to);
  const before = old.room.contentOf('m.room.canonical_alias');
  if (before === undefined) return;
  const draft = { type: 'm.room.canonical_alias', stateKey: '', sender: identity.botUserId };
  const sent = await replacement.send({ ...draft, content: onlyAliases(before, (alias) => moved.has(alias)) });
  note(notes, 'the new room could not be given its alias', sent);
  const rest = await old.send({ ...draft, content: onlyAliases(before, (alias) => !moved.has(alias)) });
  note(notes, 'the alias could not be taken from the old room', rest);
}

function onlyAliases(content: JsonObject, isKept: (alias: string) => boolean): JsonObject {
  const alias = ownString(content, 'alias');
  const others = own(content, 'alt_aliases');
  const kept = (isJsonArray(others) ? others : []).filter((item) => typeof item === 'string' && isKept(item));
  return {
    ...(alias !== undefined && isKept(alias) ? { alias } : {}),
    ...(kept.length > 0 ? { alt_aliases: kept } : {}),
  };
}

/** `undefined` where nobody can speak or invite there already. */
function quietLevels(old: RoomGraph): JsonObject | undefined {
  const { powerLevels: levels } = old.room.view();
  const { content = {}, rules } = levels;
  const wanted = Math.max(50, (readLevel(own(content, 'users_default'), rules) ?? 0) + 1);
  const names = (['events_default', 'invite'] as const).filter((name) => !(namedLevel(levels, name) >= wanted));
  return names.length === 0 ? undefined : withKeys(content, new Map(names.map((name) => [name, wanted])));
}
