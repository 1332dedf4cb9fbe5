/** What `send_join` answered, checked event by event: shape, signatures, hashes, auth rules. */
import { checkAuth, checkAuthAgainstState } from '../protocol/auth-rules/check-auth.ts';
import type { Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import { createEventIdOf, roomIdOfCreateEvent, type RoomId } from '../protocol/ids/room-id.ts';
import { ownString } from '../protocol/json.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import { checkEvents, type CheckedEvent } from './checked-events.ts';
import type { EventVerifier } from './ports.ts';
import type { JoinResponse } from './requests.ts';
import { StateMap } from './state-map.ts';

/** Events of an answer that could not be used, with the first few reasons. */
export interface LeftOut {
  readonly count: number;
  readonly examples: readonly string[];
}

export type CheckedJoinResponse =
  { ok: true; state: readonly Pdu[]; authChain: readonly Pdu[]; leftOut: LeftOut } | { ok: false; reason: string };

const VERIFY_TIMEOUT_MS = 120_000;
const MAX_EXAMPLES = 5;

/** Unsound events are left out, as they would be one by one; a state that cannot carry our join fails the whole. */
export async function checkJoinResponse(input: {
  readonly roomId: RoomId;
  readonly rules: RoomVersionRules;
  readonly join: Pdu;
  readonly response: JoinResponse;
  readonly verifier: EventVerifier;
}): Promise<CheckedJoinResponse> {
  const { rules, response, verifier } = input;
  const options = { timeoutMs: VERIFY_TIMEOUT_MS };
  const inState = await checkEvents(response.state, rules, verifier, options);
  // State and auth chain overlap; ids of versions 1 and 2 say nothing about an event's content, so those are checked twice.
  const verified =
    rules.eventIdFormat === 'opaque' ? [] : inState.flatMap((event) => (event.ok ? [event.pdu.eventId] : []));
  const inChain = await checkEvents(response.authChain, rules, verifier, {
    ...options,
    alreadyVerified: new Set(verified),
  });
  const reasons: string[] = [];
  const sound = collectSound([...inState, ...inChain], input.roomId, reasons);
  const rejected = rejectedEvents(sound, reasons);
  const state = new StateMap();
  for (const event of inState) {
    const pdu = event.ok ? sound.get(event.pdu.eventId) : undefined;
    if (pdu?.stateKey !== undefined && !rejected.has(pdu.eventId)) state.put(pdu);
  }
  const leftOut = { count: reasons.length, examples: reasons.slice(0, MAX_EXAMPLES) };
  const wrong = checkState(input, state);
  if (wrong === undefined) return { ok: true, state: [...state.events()], authChain: [...sound.values()], leftOut };
  const because = leftOut.examples[0] === undefined ? '' : ` (${leftOut.examples[0]})`;
  return { ok: false, reason: `sent a room state that cannot be used: ${wrong}${because}` };
}

function collectSound(events: readonly CheckedEvent[], roomId: RoomId, reasons: string[]): Map<EventId, Pdu> {
  const sound = new Map<EventId, Pdu>();
  for (const event of events) {
    if (!event.ok) reasons.push(`${event.pdu?.eventId ?? 'an event'}: ${event.detail}`);
    else if (event.pdu.roomId !== roomId) reasons.push(`${event.pdu.eventId}: belongs to another room`);
    else if (!sound.has(event.pdu.eventId)) sound.set(event.pdu.eventId, event.pdu);
  }
  return sound;
}

/** Checks every event against the auth events it cites, those first; an explicit stack, for chains may be long. */
function rejectedEvents(events: ReadonlyMap<EventId, Pdu>, reasons: string[]): ReadonlySet<EventId> {
  const rejected = new Set<EventId>();
  const done = new Set<EventId>();
  for (const root of events.keys()) {
    const stack = [root];
    const open = new Set<EventId>();
    for (let eventId = stack.at(-1); eventId !== undefined; eventId = stack.at(-1)) {
      const pdu = events.get(eventId);
      const waiting = open.has(eventId)
        ? []
        : (pdu?.authEvents ?? []).filter((id) => events.has(id) && !done.has(id) && !open.has(id));
      open.add(eventId);
      if (waiting.length > 0) {
        stack.push(...waiting);
        continue;
      }
      stack.pop();
      if (done.has(eventId) || pdu === undefined) continue;
      done.add(eventId);
      const verdict = checkAuth(pdu, authEventsOf(pdu, events), { isRejected: (id) => rejected.has(id) });
      if (verdict.allowed) continue;
      rejected.add(eventId);
      reasons.push(`${eventId}: rejected by rule ${verdict.rule}, ${verdict.reason}`);
    }
  }
  return rejected;
}

/** From version 12 on the create event is not cited: the room's id names it. */
function authEventsOf(pdu: Pdu, events: ReadonlyMap<EventId, Pdu>): readonly Pdu[] {
  const ids = pdu.rules.auth.roomIdIsCreateHash ? [...pdu.authEvents, createEventIdOf(pdu.roomId)] : pdu.authEvents;
  return ids.flatMap((id) => events.get(id) ?? []);
}

function checkState(
  input: { readonly roomId: RoomId; readonly rules: RoomVersionRules; readonly join: Pdu },
  state: StateMap,
): string | undefined {
  const { roomId, rules, join } = input;
  const create = state.get('m.room.create', '');
  if (create === undefined) return 'there is no sound create event';
  if ((ownString(create.content, 'room_version') ?? '1') !== rules.version) {
    return 'its room version is another than was offered';
  }
  if (rules.auth.roomIdIsCreateHash && roomIdOfCreateEvent(create.eventId) !== roomId) {
    return 'its create event belongs to another room';
  }
  const allowed = checkAuthAgainstState(join, state);
  return allowed.allowed ? undefined : `our join is not allowed in it, ${allowed.reason}`;
}
