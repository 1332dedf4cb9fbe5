/** New events of ours, on the room's forward extremities (server-server API, "PDUs", "Auth events selection"). */
import { randomBytes } from 'node:crypto';
import { encodeBase64 } from '../../protocol/base64.ts';
import { parsePdu, referenceHash, type Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { JsonObject, JsonValue } from '../../protocol/json.ts';
import { selectAuthEvents } from '../../protocol/auth-rules/select-auth-events.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { hashAndSignEvent } from '../../protocol/signing.ts';
import type { EventSource, KnownEvent } from '../graph/graph-events.ts';
import type { Heads } from '../graph/receipt.ts';
import type { RoomStates } from '../graph/room-states.ts';
import type { Identity } from '../identity.ts';

/** What a sender wants to say. */
export interface EventDraft {
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: UserId;
  readonly content: JsonObject;
  /** Target of a redaction; put where the room's version has it. */
  readonly redacts?: EventId;
}

/** Most `prev_events` that a new event cites; the deepest are taken. */
const MAX_PREV_EVENTS = 20;

/** An unsigned event on top of the room's graph: what `make_join`, `make_leave` and `make_knock` give as a template. */
export async function draftEvent(
  input: { readonly events: EventSource; readonly states: RoomStates; readonly heads: Heads },
  room: { readonly roomId: string; readonly rules: RoomVersionRules },
  draft: EventDraft,
  now: number,
): Promise<JsonObject> {
  const { rules } = room;
  const tips = [...(await input.events.many(input.heads.extremities.keys())).values()]
    .sort((a, b) => b.pdu.depth - a.pdu.depth)
    .slice(0, MAX_PREV_EVENTS);
  const state = await input.states.authStateFor(input.heads.currentState, draft);
  const authEvents = selectAuthEvents(draft, rules).flatMap(({ type, stateKey }) => state.get(type, stateKey) ?? []);
  const depth = Math.min(1 + Math.max(0, ...tips.map((tip) => tip.pdu.depth)), Number.MAX_SAFE_INTEGER);
  const isRoomless = rules.auth.roomIdIsCreateHash && draft.type === 'm.room.create';
  const redacts = draft.redacts;
  return {
    type: draft.type,
    ...(isRoomless ? {} : { room_id: room.roomId }),
    sender: draft.sender,
    ...(draft.stateKey === undefined ? {} : { state_key: draft.stateKey }),
    content: redacts === undefined || rules.redactsIn === 'top-level' ? draft.content : { ...draft.content, redacts },
    ...(redacts === undefined || rules.redactsIn === 'content' ? {} : { redacts }),
    depth,
    prev_events: tips.map((tip) => reference(tip.pdu, rules)),
    auth_events: authEvents.map((pdu) => reference(pdu, rules)),
    origin_server_ts: now,
  };
}

function reference(pdu: Pdu, rules: RoomVersionRules): JsonValue {
  if (rules.eventReferences === 'ids') return pdu.eventId;
  return [pdu.eventId, { sha256: encodeBase64(referenceHash(pdu)) }];
}

/** Hashes and signs a draft of ours with the published key. */
export function signDraft(identity: Identity, rules: RoomVersionRules, draft: JsonObject): Pdu {
  const eventId = `$${randomBytes(18).toString('base64url')}:${identity.serverName}`;
  const withId = rules.eventIdFormat === 'opaque' ? { ...draft, event_id: eventId } : draft;
  const parsed = parsePdu(hashAndSignEvent(withId, rules, identity.serverName, identity.serverKey()), rules);
  if (!parsed.ok) throw new Error(`an event of ours is malformed: ${parsed.reason.detail}`);
  return parsed.pdu;
}

/** Whether an event may be passed on and shown: neither rejected nor soft-failed. */
export function isVisible(known: KnownEvent): boolean {
  return known.record.status === 'accepted' || known.record.status === 'backfilled';
}
