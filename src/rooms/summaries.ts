/** Rooms as commands show them. */
import { encodeBase64 } from '../protocol/base64.ts';
import { ownString } from '../protocol/json.ts';
import { POLICY_EVENT_TYPE } from '../protocol/room-policy.ts';
import type { Identity } from './identity.ts';
import type { PolicyStatus, RoomSummary } from './outcomes.ts';
import type { Room } from './room.ts';

export function summarize(room: Room, identity: Identity): RoomSummary {
  const { record } = room;
  return {
    roomId: room.roomId,
    name: ownString(room.contentOf('m.room.name') ?? {}, 'name'),
    canonicalAlias: ownString(room.contentOf('m.room.canonical_alias') ?? {}, 'alias'),
    roomVersion: record.roomVersion,
    membership: record.membership,
    leftBecause: record.leftBecause,
    joinedMembers: room.joinedMembers,
    policy: policyStatus(room, identity),
  };
}

/** Whether servers in the room ask us and can verify what we answer. */
export function policyStatus(room: Room, identity: Identity): PolicyStatus {
  const named = room.policy();
  if (named === undefined) {
    const event = room.stateEvent(POLICY_EVENT_TYPE, '');
    if (event === undefined || Object.keys(event.content).length === 0) return { status: 'missing' };
    return { status: 'mismatch', detail: 'its m.room.policy lacks a usable `via` or `public_keys.ed25519`' };
  }
  if (named.via !== identity.serverName) {
    return { status: 'mismatch', detail: `it names another policy server, ${named.via}` };
  }
  const key = encodeBase64(named.publicKey);
  if (key === identity.policyKey.publicKeyText) return { status: 'active' };
  return {
    status: 'mismatch',
    detail: `it names this server with another key, ${key}: signatures are taken for wrong`,
  };
}
