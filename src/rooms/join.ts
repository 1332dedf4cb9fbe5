/**
 * Joining through another server: `make_join`, then `send_join` version 2 (server-server API, "Joining Rooms").
 * Nothing that the other server says is believed before it has been checked.
 */
import { randomBytes } from 'node:crypto';
import { parsePdu, referenceHash, type Pdu } from '../protocol/events.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { ownObject, ownString, type JsonObject } from '../protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../protocol/room-versions.ts';
import type { Clock } from '../telemetry/clock.ts';
import type { JudgedEvent } from './graph/room-graph.ts';
import { makeOwnMembership, type Identity } from './identity.ts';
import { checkJoinResponse, type LeftOut } from './join-response.ts';
import type { EventVerifier } from './ports.ts';
import type { MembershipTemplate, RoomRequests } from './requests.ts';

export interface JoinInput {
  readonly roomId: RoomId;
  readonly server: ServerName;
  readonly identity: Identity;
  readonly requests: RoomRequests;
  readonly verifier: EventVerifier;
  readonly clock: Clock;
  /** After an invite the inviting server may not have stored it yet and refuse `make_join` with 403 for a moment. */
  readonly retriesAfterInvite: number;
  /**
   * Called once the room's version is known and before `send_join`: others may ask about our join from then on. What it
   * returns is why we do not join after all.
   */
  readonly onJoining: (rules: RoomVersionRules) => Promise<string | undefined>;
}

export interface JoinedRoom {
  readonly rules: RoomVersionRules;
  /** The state before our join, checked. */
  readonly state: readonly Pdu[];
  /** Every sound event of the answer, each after those that it cites: the state's auth chain, and the state again. */
  readonly authChain: readonly JudgedEvent[];
  readonly join: Pdu;
  readonly leftOut: LeftOut;
}

export type JoinThroughServer = { ok: true; room: JoinedRoom } | { ok: false; reason: string };

const RETRY_DELAYS_MS = [150, 350, 750, 1_500, 3_000, 6_000, 12_000];

/** Joins through one server. What went wrong is a sentence; the caller may try another server. */
export async function joinThroughServer(input: JoinInput): Promise<JoinThroughServer> {
  const template = await askForTemplate(input);
  if (!template.ok) return template;
  const made = makeJoinEvent(input, template.value);
  if (!made.ok) return made;
  const { rules, join } = made;
  const reason = await input.onJoining(rules);
  if (reason !== undefined) return { ok: false, reason };
  const sent = await input.requests.sendJoin(input.server, input.roomId, join.eventId, join.raw);
  if (!sent.ok) return { ok: false, reason: sent.reason };
  const checked = await checkJoinResponse({
    roomId: input.roomId,
    rules,
    join,
    response: sent.value,
    verifier: input.verifier,
  });
  if (!checked.ok) return checked;
  const { state, authChain, leftOut } = checked;
  return { ok: true, room: { rules, state, authChain, join: countersigned(rules, join, sent.value.event), leftOut } };
}

async function askForTemplate(
  input: JoinInput,
): Promise<{ ok: true; value: MembershipTemplate } | { ok: false; reason: string }> {
  const { server, roomId, identity } = input;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await input.requests.makeJoin(server, roomId, identity.botUserId);
    const delay = RETRY_DELAYS_MS[attempt];
    if (answer.ok) return answer;
    if (answer.status !== 403 || attempt >= input.retriesAfterInvite || delay === undefined) {
      return { ok: false, reason: answer.reason };
    }
    await input.clock.sleep(delay);
  }
}

type MadeJoin = { ok: true; rules: RoomVersionRules; join: Pdu } | { ok: false; reason: string };

/** The checks that the text demands of a template, then our event on it. */
function makeJoinEvent(input: JoinInput, template: MembershipTemplate): MadeJoin {
  const { identity, roomId } = input;
  const rules = roomVersionRules(template.roomVersion);
  if (rules === undefined) {
    return { ok: false, reason: `offered room version ${template.roomVersion.slice(0, 32)}, which is not known here` };
  }
  const content = ownObject(template.event, 'content') ?? {};
  const wrong = [
    ownString(template.event, 'type') !== 'm.room.member' && 'type',
    ownString(template.event, 'room_id') !== roomId && 'room_id',
    ownString(template.event, 'sender') !== identity.botUserId && 'sender',
    ownString(template.event, 'state_key') !== identity.botUserId && 'state_key',
    ownString(content, 'membership') !== 'join' && 'membership',
  ].filter((key) => key !== false);
  if (wrong.length > 0) return { ok: false, reason: `sent a join template with a wrong ${wrong.join(', ')}` };
  const made = makeOwnMembership(identity, rules, template.event, {
    content: joinContent(identity, content),
    originServerTs: input.clock.now(),
    eventId: `$${randomBytes(18).toString('base64url')}:${identity.serverName}`,
  });
  return made.ok
    ? { ok: true, rules, join: made.pdu }
    : { ok: false, reason: `sent a useless join template: ${made.detail}` };
}

function joinContent(identity: Identity, template: JsonObject): JsonObject {
  const authoriser = ownString(template, 'join_authorised_via_users_server');
  return {
    membership: 'join',
    displayname: identity.botDisplayName,
    ...(authoriser === undefined ? {} : { join_authorised_via_users_server: authoriser }),
  };
}

/** Our join as the resident server returned it, if it is ours in every bit that counts. */
function countersigned(rules: RoomVersionRules, join: Pdu, event: JsonObject | undefined): Pdu {
  if (event === undefined) return join;
  const parsed = parsePdu(event, rules);
  const isOurs = parsed.ok && Buffer.compare(referenceHash(parsed.pdu), referenceHash(join)) === 0;
  return isOurs ? parsed.pdu : join;
}
