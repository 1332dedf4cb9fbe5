/** Inviting users of other servers (server-server API, "Inviting to a room"). */
import { parsePdu, type Pdu } from '../../protocol/events.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { serverNameOf, type UserId } from '../../protocol/ids/user-id.ts';
import { own, ownObject, ownString, type JsonObject } from '../../protocol/json.ts';
import { addSignature, signaturesBy } from '../../protocol/signing.ts';
import type { RoomGraph } from '../graph/room-graph.ts';
import type { FederationClient, FederationResponse } from '../ports.ts';
import type { NewRoomDeps } from './new-room.ts';
import { refusalOf, tryOwnEvent } from './own-event.ts';

export interface InviteDeps extends NewRoomDeps {
  readonly client: FederationClient;
}

/** `reason` is a sentence for people. */
export type InviteResult = { readonly userId: UserId; readonly failed?: string };

const REQUEST = { timeoutMs: 60_000, maxResponseBytes: 256 * 1024, ignoreBackOff: true } as const;
/** State that tells what room it is. */
const TELLING_STATE = [
  'm.room.create',
  'm.room.join_rules',
  'm.room.canonical_alias',
  'm.room.avatar',
  'm.room.name',
  'm.room.topic',
  'm.room.encryption',
] as const;
const MAX_SIGNATURES = 4;

/** The invite is signed by the user's server before it becomes part of the room. */
export async function inviteUser(deps: InviteDeps, roomId: RoomId, userId: UserId): Promise<InviteResult> {
  const { identity, registry, clock } = deps;
  if (serverNameOf(userId) === identity.serverName) return { userId, failed: 'this server has no users but the bot' };
  const graph = await registry.graphOf(roomId);
  if (graph?.room.record.membership !== 'joined') return { userId, failed: 'the bot is not in the room' };
  const draft = {
    type: 'm.room.member',
    stateKey: userId,
    sender: identity.botUserId,
    content: { membership: 'invite' },
  };
  const tried = await tryOwnEvent(graph, { identity, room: graph.room, draft, now: clock.now() });
  if (!tried.ok) return { userId, failed: tried.reason };
  const signed = await countersign(deps, graph, tried.pdu, userId);
  if (!signed.ok) return { userId, failed: signed.reason };
  const submitted = await graph.submit(signed.pdu, identity.serverName);
  return submitted.ok ? { userId } : { userId, failed: refusalOf(submitted) };
}

type Countersigned = { ok: true; pdu: Pdu } | { ok: false; reason: string };

async function countersign(deps: InviteDeps, graph: RoomGraph, invite: Pdu, userId: UserId): Promise<Countersigned> {
  const server = serverNameOf(userId);
  try {
    const answer = await askToSign(deps, graph, invite, userId);
    if (answer.status !== 200) return { ok: false, reason: `${server} ${describe(answer)}` };
    return { ok: true, pdu: withSignatures(invite, userId, ownObject(answer.body ?? {}, 'event') ?? {}) };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'could not be reached';
    return { ok: false, reason: `${server}: ${why}` };
  }
}

/**
 * Version 2 of the endpoint; version 1 where that is not known there, in the room versions that it can be used for.
 * @NOTE version 1 answers with an array, in which there is nothing to be found that the room needs.
 */
async function askToSign(
  { client }: InviteDeps,
  graph: RoomGraph,
  invite: Pdu,
  userId: UserId,
): Promise<FederationResponse> {
  const { rules, roomId } = graph.room;
  const state = await tellingState(graph, invite);
  const path = `${encodeURIComponent(roomId)}/${encodeURIComponent(invite.eventId)}`;
  const request = { destination: serverNameOf(userId), method: 'PUT', ...REQUEST } as const;
  const body = { room_version: rules.version, event: invite.raw, invite_room_state: state };
  const answer = await client.request({ ...request, uri: `/_matrix/federation/v2/invite/${path}`, body });
  const isUnknown = answer.status === 404 || (answer.status === 400 && errcodeOf(answer) === 'M_UNRECOGNIZED');
  if (!isUnknown || rules.eventIdFormat !== 'opaque') return answer;
  return await client.request({
    ...request,
    uri: `/_matrix/federation/v1/invite/${path}`,
    body: { ...invite.raw, unsigned: { invite_room_state: state } },
  });
}

/** Whole events, the create event and our own membership among them (since v1.16, MSC4311). */
async function tellingState(graph: RoomGraph, invite: Pdu): Promise<readonly JsonObject[]> {
  const state = graph.currentState;
  const inviter = await graph.states.event(state, 'm.room.member', invite.sender);
  const named = TELLING_STATE.flatMap((type): readonly JsonObject[] => {
    const event = graph.room.stateEvent(type, '');
    return event === undefined ? [] : [event.raw];
  });
  return inviter === undefined ? named : [...named, inviter.pdu.raw];
}

/** Our event with what the other server has signed of it; whatever else it changed is not looked at. */
function withSignatures(invite: Pdu, userId: UserId, answered: JsonObject): Pdu {
  const server = serverNameOf(userId);
  const signatures = [...signaturesBy(answered, server)].slice(0, MAX_SIGNATURES);
  const raw = signatures.reduce(
    (event, [keyId, signature]) => addSignature(event, server, keyId, signature.slice(0, 128)),
    invite.raw,
  );
  const parsed = parsePdu(raw, invite.rules);
  return parsed.ok ? parsed.pdu : invite;
}

function errcodeOf({ body }: FederationResponse): string | undefined {
  return body === undefined ? undefined : ownString(body, 'errcode');
}

function describe({ status, body = {} }: FederationResponse): string {
  const error = own(body, 'error');
  return `answered ${String(status)}${typeof error === 'string' ? ` ${error.slice(0, 200)}` : ''}`;
}
