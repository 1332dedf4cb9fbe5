/** What `send_join` answered, checked event by event: shape, signatures, hashes, auth rules. */
import { setImmediate } from 'node:timers/promises';
import { checkAuth, checkAuthAgainstState } from '../protocol/auth-rules/check-auth.ts';
import type { Pdu } from '../protocol/events.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import { roomIdOfCreateEvent, type RoomId } from '../protocol/ids/room-id.ts';
import { ownString } from '../protocol/json.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import { authEventIdsOf } from '../protocol/state-resolution/auth-chains.ts';
import { authEventsFirst } from './graph/event-order.ts';
import type { JudgedEvent } from './graph/room-graph.ts';
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
  | { ok: true; state: readonly Pdu[]; authChain: readonly JudgedEvent[]; leftOut: LeftOut }
  | { ok: false; reason: string };

const VERIFY_TIMEOUT_MS = 120_000;
const MAX_EXAMPLES = 5;
/** Events checked between two breaths of the event loop: a few milliseconds. */
const JUDGED_AT_ONCE = 500;

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
  const judged = await judge(sound, reasons);
  const state = new StateMap();
  for (const event of inState) {
    const known = event.ok ? judged.get(event.pdu.eventId) : undefined;
    if (known?.pdu.stateKey !== undefined && known.rejection === undefined) state.put(known.pdu);
  }
  const leftOut = { count: reasons.length, examples: reasons.slice(0, MAX_EXAMPLES) };
  const wrong = checkState(input, state);
  if (wrong === undefined) return { ok: true, state: [...state.events()], authChain: [...judged.values()], leftOut };
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

/**
 * Check 4 on every event, those that it cites first. Events whose auth events are not all known are left out: they could
 * not be checked, and nothing may rest on them.
 */
async function judge(events: ReadonlyMap<EventId, Pdu>, reasons: string[]): Promise<ReadonlyMap<EventId, JudgedEvent>> {
  const judged = new Map<EventId, JudgedEvent>();
  const isRejected = (eventId: EventId): boolean => judged.get(eventId)?.rejection !== undefined;
  for (const [index, pdu] of authEventsFirst([...events.values()]).entries()) {
    if (index % JUDGED_AT_ONCE === JUDGED_AT_ONCE - 1) await setImmediate();
    const ids = authEventIdsOf(pdu);
    const cited = ids.flatMap((eventId) => judged.get(eventId)?.pdu ?? []);
    const verdict = checkAuth(pdu, cited, { isRejected });
    if (verdict.allowed) {
      judged.set(pdu.eventId, { pdu });
      continue;
    }
    const { rule, reason } = verdict;
    reasons.push(`${pdu.eventId}: rejected by rule ${rule}, ${reason}`);
    if (cited.length === ids.length) judged.set(pdu.eventId, { pdu, rejection: `check 4, rule ${rule}: ${reason}` });
  }
  return judged;
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
