/** Templates of membership events for users of other servers (server-server API, "Joining Rooms", "Leaving Rooms", "Knocking upon a room"). */
import { checkAuthAgainstState } from '../../protocol/auth-rules/check-auth.ts';
import { parsePdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { parseUserId, serverNameOf, type UserId } from '../../protocol/ids/user-id.ts';
import { withKeys, type JsonObject } from '../../protocol/json.ts';
import type { StateId } from '../graph/ports.ts';
import type { RoomGraph } from '../graph/room-graph.ts';
import { draftEvent } from '../sending/build-event.ts';
import { openedTo, type ResidentDeps, type RoomQuestion } from './access.ts';
import { granted, refused, type Outcome } from './outcome.ts';
import { authoriserFor } from './restricted-join.ts';

export interface MakeMembershipInput extends RoomQuestion {
  readonly userId: string;
  /** Room versions that the asking server knows; left out where the endpoint does not ask for them. */
  readonly versions?: readonly string[];
}

/** An unsigned event, and the version of its room. */
export interface EventTemplate {
  readonly roomVersion: string;
  readonly event: JsonObject;
}

export type MakeDeps = Pick<ResidentDeps, 'registry' | 'identity' | 'clock'>;

export async function makeJoin(deps: MakeDeps, input: MakeMembershipInput): Promise<Outcome<EventTemplate>> {
  const asked = await askedFor(deps, input);
  if (!asked.ok) return asked;
  const { graph, userId } = asked.value;
  const authoriser = await authoriserFor(deps, graph, userId);
  if (!authoriser.ok) return authoriser;
  const vouched = authoriser.value === undefined ? {} : { join_authorised_via_users_server: authoriser.value };
  return await template(deps, graph, userId, { membership: 'join', ...vouched });
}

export async function makeLeave(deps: MakeDeps, input: MakeMembershipInput): Promise<Outcome<EventTemplate>> {
  const asked = await askedFor(deps, input);
  return asked.ok ? await template(deps, asked.value.graph, asked.value.userId, { membership: 'leave' }) : asked;
}

export async function makeKnock(deps: MakeDeps, input: MakeMembershipInput): Promise<Outcome<EventTemplate>> {
  const asked = await askedFor(deps, input);
  return asked.ok ? await template(deps, asked.value.graph, asked.value.userId, { membership: 'knock' }) : asked;
}

async function askedFor(
  deps: MakeDeps,
  input: MakeMembershipInput,
): Promise<Outcome<{ graph: RoomGraph; userId: UserId }>> {
  const userId = parseUserId(input.userId);
  if (userId === undefined) return refused({ type: 'invalid', detail: 'The path holds no user id.' });
  const opened = await openedTo(deps, input);
  if (!opened.ok) return opened;
  if (serverNameOf(userId) !== input.origin) {
    return refused({ type: 'forbidden', detail: 'The user is not one of the server that asks.' });
  }
  const graph = opened.value;
  const roomVersion = graph.room.rules.version;
  if (input.versions?.includes(roomVersion) === false) return refused({ type: 'incompatibleVersion', roomVersion });
  return granted({ graph, userId });
}

/** On the room's extremities as they are now; refused where the auth rules would refuse it. */
async function template(
  deps: MakeDeps,
  graph: RoomGraph,
  userId: UserId,
  content: JsonObject,
): Promise<Outcome<EventTemplate>> {
  const { room, events, states, currentState, extremities } = graph;
  const draft = { type: 'm.room.member', stateKey: userId, sender: userId, content };
  const heads = { extremities: new Map<EventId, StateId>(extremities.map((id) => [id, currentState])), currentState };
  const event = await draftEvent({ events, states, heads }, room, draft, deps.clock.now());
  const withId = new Map([['event_id', `$template:${deps.identity.serverName}`]]);
  const parsed = parsePdu(room.rules.eventIdFormat === 'opaque' ? withKeys(event, withId) : event, room.rules);
  if (!parsed.ok) return refused({ type: 'invalid', detail: parsed.reason.detail });
  const verdict = checkAuthAgainstState(parsed.pdu, await states.authStateFor(currentState, draft));
  if (!verdict.allowed) return refused({ type: 'forbidden', detail: `Rule ${verdict.rule}: ${verdict.reason}.` });
  return granted({ roomVersion: room.rules.version, event });
}
