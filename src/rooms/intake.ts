/**
 * Taking events into a room: checks 1–3 and 6 on receipt of a PDU, then state by depth. This is the simple stand-in for
 * the event graph: an event counts against the room's current state alone, and of two state events for one key the
 * later one stays.
 */
import { checkAuthAgainstState } from '../protocol/auth-rules/check-auth.ts';
import { selectAuthEvents } from '../protocol/auth-rules/select-auth-events.ts';
import { parsePdu, type Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import { ownString, type JsonValue } from '../protocol/json.ts';
import { checkEvents } from './checked-events.ts';
import type { EventVerifier, RoomStore } from './ports.ts';
import type { CurrentEvent, Room } from './room.ts';
import { StateMap } from './state-map.ts';

export interface IntakeDeps {
  readonly store: RoomStore;
  readonly verifier: EventVerifier;
  readonly botUserId: string;
  /** Told when an event took the bot out of the room or let it in again. */
  readonly onBotMembership: (room: Room, pdu: Pdu) => Promise<void>;
}

export interface IntakeResult {
  readonly eventId: EventId | undefined;
  /** Why the event was not taken, in a sentence. */
  readonly error: string | undefined;
}

const VERIFY_TIMEOUT_MS = 15_000;

/** Checks and applies events in order of depth. To be run by the room's only writer. */
export async function takeIn(
  deps: IntakeDeps,
  room: Room,
  raws: readonly JsonValue[],
): Promise<readonly IntakeResult[]> {
  const checked = await checkEvents(raws, room.rules, deps.verifier, { timeoutMs: VERIFY_TIMEOUT_MS });
  const results: IntakeResult[] = [];
  const sound: Pdu[] = [];
  for (const event of checked) {
    if (!event.ok) results.push({ eventId: event.pdu?.eventId, error: event.detail });
    else if (event.pdu.roomId !== room.roomId) {
      results.push({ eventId: event.pdu.eventId, error: 'belongs to another room' });
    } else sound.push(event.pdu);
  }
  sound.sort((a, b) => a.depth - b.depth);
  if (!room.view().namesUs) {
    await deps.store.addKnownEvents(
      room.roomId,
      sound.map((pdu) => pdu.eventId),
    );
  }
  for (const pdu of sound) {
    const error = await apply(deps, room, pdu);
    results.push({ eventId: pdu.eventId, error });
  }
  return results;
}

async function apply(deps: IntakeDeps, room: Room, pdu: Pdu): Promise<string | undefined> {
  const isNew = !room.hasSeen(pdu.eventId);
  room.markSeen(pdu.eventId);
  if (pdu.stateKey === undefined || !isNew) return undefined;
  const current = room.currentOf(pdu.type, pdu.stateKey);
  if (current !== undefined && !isLater(pdu, current)) return undefined;
  const allowed = checkAuthAgainstState(pdu, await authStateFor(deps, room, pdu));
  if (!allowed.allowed) return `not allowed in the current state: ${allowed.reason}`;
  await deps.store.putStateEvent(pdu);
  room.putState(pdu);
  if (pdu.type === 'm.room.member' && pdu.stateKey === deps.botUserId) await deps.onBotMembership(room, pdu);
  return undefined;
}

/**
 * An event that cites another one came after it, whatever depth that one claims. Where depth does not tell, as it stops
 * to once anybody has claimed the largest there is, the time does, as in state resolution.
 */
function isLater(pdu: Pdu, current: CurrentEvent): boolean {
  if (pdu.eventId === current.eventId) return false;
  if (pdu.authEvents.includes(current.eventId)) return true;
  if (pdu.depth !== current.depth) return pdu.depth > current.depth;
  if (pdu.originServerTs !== current.originServerTs) return pdu.originServerTs > current.originServerTs;
  return pdu.eventId > current.eventId;
}

/** The few state events that the auth rules look at for this event; memberships come from storage. */
async function authStateFor(deps: IntakeDeps, room: Room, pdu: Pdu): Promise<StateMap> {
  const state = new StateMap();
  if (room.createEvent !== undefined) state.put(room.createEvent);
  for (const { type, stateKey } of selectAuthEvents(pdu, room.rules)) {
    const event = type === 'm.room.member' ? await memberEvent(deps, room, stateKey) : room.stateEvent(type, stateKey);
    if (event !== undefined) state.put(event);
  }
  return state;
}

async function memberEvent(deps: IntakeDeps, room: Room, userId: string): Promise<Pdu | undefined> {
  const stored = await deps.store.stateEvent(room.roomId, 'm.room.member', userId);
  if (stored === undefined) return undefined;
  const parsed = parsePdu(stored.raw, room.rules, stored.eventId);
  return parsed.ok ? parsed.pdu : undefined;
}

/** Why a membership event took the bot out of a room, for people. */
export function describeRemoval(pdu: Pdu, botUserId: string): string {
  const reason = ownString(pdu.content, 'reason');
  const because = reason === undefined ? '' : `: ${reason.slice(0, 200)}`;
  if (pdu.sender === botUserId) return 'left';
  return ownString(pdu.content, 'membership') === 'ban'
    ? `banned by ${pdu.sender}${because}`
    : `kicked by ${pdu.sender}${because}`;
}
