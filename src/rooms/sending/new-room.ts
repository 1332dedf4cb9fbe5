/** A room that begins on this server: its create event, the bot's join and its first state, stored all at once. */
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../protocol/json.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import type { Clock } from '../../telemetry/clock.ts';
import { receive } from '../graph/receipt.ts';
import type { ChangeInput, RoomGraph } from '../graph/room-graph.ts';
import type { Identity } from '../identity.ts';
import type { RoomRecord } from '../ports.ts';
import type { RoomRegistry } from '../room-registry.ts';
import { signDraft } from './build-event.ts';
import { addOwnEvent } from './own-event.ts';

export interface NewRoomDeps {
  readonly identity: Identity;
  readonly registry: RoomRegistry;
  readonly clock: Clock;
}

/** A state event by the bot. */
export interface FirstState {
  readonly type: string;
  /** Empty where left out. */
  readonly stateKey?: string;
  readonly content: JsonObject;
  /** Left out where the room does not allow it, as may happen to state that comes from another room. */
  readonly isOptional?: true;
}

/** `leftOut`: types of optional state that was not allowed. */
export type NewRoomResult = { ok: true; graph: RoomGraph; leftOut: readonly string[] } | { ok: false; reason: string };

/** Ends a change before anything of it is stored. */
class Refused extends Error {
  override readonly name = 'Refused';
}

/** The bot is the creator. `createContent` is without what the room's version demands. */
export async function beginRoom(
  deps: NewRoomDeps,
  rules: RoomVersionRules,
  createContent: JsonObject,
  state: readonly FirstState[],
): Promise<NewRoomResult> {
  const { identity, registry, clock } = deps;
  const now = clock.now();
  const create = signDraft(identity, rules, createDraft(identity, rules, createContent, now));
  const { roomId } = create;
  const record: RoomRecord = {
    roomId,
    roomVersion: rules.version,
    membership: 'joined',
    via: [],
    since: now,
    historyFrontier: [],
  };
  const leftOut: string[] = [];
  const add = async (input: ChangeInput, first: FirstState): Promise<void> => {
    const { type, stateKey = '', content } = first;
    const draft = { type, stateKey, content, sender: identity.botUserId };
    const added = await addOwnEvent(input, { identity, room: { roomId, rules }, draft, now });
    if (added.outcome === 'accepted') return;
    if (first.isOptional !== true) throw new Refused(`${type} is refused: ${added.reason ?? added.outcome}`);
    leftOut.push(type);
  };
  try {
    const graph = await registry.begin(record, rules, async (input) => {
      const created = await receive(input, create, identity.serverName);
      if (created.outcome !== 'accepted') throw new Refused(created.reason ?? created.outcome);
      await add(input, joinOf(identity));
      for (const first of state) await add(input, first);
    });
    return { ok: true, graph, leftOut };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.message };
    throw error;
  }
}

function createDraft(identity: Identity, rules: RoomVersionRules, content: JsonObject, now: number): JsonObject {
  const { botUserId, serverName } = identity;
  const creator: JsonObject = rules.auth.creator === 'content' ? { creator: botUserId } : {};
  // Version 12: the room's id is that of this event (MSC4291).
  const named: JsonObject = rules.auth.roomIdIsCreateHash
    ? {}
    : { room_id: `!${randomBytes(12).toString('base64url')}:${serverName}` };
  return {
    type: 'm.room.create',
    ...named,
    sender: botUserId,
    state_key: '',
    content: { ...content, ...creator, room_version: rules.version },
    depth: 1,
    prev_events: [],
    auth_events: [],
    origin_server_ts: now,
  };
}

function joinOf({ botUserId, botDisplayName }: Identity): FirstState {
  return {
    type: 'm.room.member',
    stateKey: botUserId,
    content: { membership: 'join', displayname: botDisplayName },
  };
}
