/**
 * Missing events: what a new event cites and we do not know is fetched from the server that sent it, bounded in count,
 * bytes and time (server-server API, "Backfilling and retrieving missing events").
 */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { checkEvents } from '../checked-events.ts';
import type { EventVerifier } from '../ports.ts';
import type { RoomRequests } from '../requests.ts';
import { authEventsFirst, previousFirst } from './event-order.ts';
import { newEvent, receive, receiveOutlier, type ReceiptInput } from './receipt.ts';

/** What may still be spent on one batch of events. */
export interface GapBudget {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Events that may still be fetched; each request costs some too, whatever it brings. */
  events: number;
}

export interface GapInput {
  readonly roomId: RoomId;
  readonly rules: RoomVersionRules;
  readonly from: ServerName;
  readonly receipt: ReceiptInput;
  readonly verifier: EventVerifier;
  readonly requests: RoomRequests;
  readonly budget: GapBudget;
  readonly now: () => number;
}

const MISSING_LIMIT = 50;
/** When more of a state is not known, it is fetched as a whole. */
const SINGLE_FETCHES = 100;
const FETCHES_AT_ONCE = 10;
const REQUEST_COST = 4;
const WHOLE_STATE_COST = 150;
/** Without more of it than this share, a state is no state: it may lack a ban as well as a topic. */
const TOLERATED_LOSS = 0.05;

/** Fetches what lies between the event and what is known. Afterwards the event may be received, or its past is not to be had. */
export async function fillGap(gap: GapInput, pdu: Pdu): Promise<void> {
  await fetchAuthEvents(gap, pdu);
  const { receipt, requests, roomId } = gap;
  if ((await missingStates(gap, pdu)).length === 0 || !mayAsk(gap)) return;
  gap.budget.events -= REQUEST_COST;
  const answer = await requests.missingEvents(gap.from, roomId, {
    earliest: [...receipt.heads.extremities.keys()].slice(0, 20),
    latest: [pdu.eventId],
    limit: Math.max(1, Math.min(MISSING_LIMIT, gap.budget.events)),
    timeoutMs: timeLeft(gap),
  });
  const between = answer.ok ? await soundEvents(gap, answer.value.slice(0, MISSING_LIMIT)) : [];
  for (const earlier of between) {
    const result = await receive(receipt, earlier, gap.from);
    if (result.outcome === 'missingAuth') await fetchAuthEvents(gap, earlier);
    if (result.outcome === 'missingState' || result.outcome === 'missingAuth') {
      await fetchStatesBefore(gap, earlier);
      await receive(receipt, earlier, gap.from);
    }
  }
  await fetchStatesBefore(gap, pdu);
}

/** The cited events after which we know no state. */
async function missingStates(gap: GapInput, pdu: Pdu): Promise<readonly EventId[]> {
  const known = await gap.receipt.events.many(pdu.prevEvents);
  return pdu.prevEvents.filter((eventId) => known.get(eventId)?.record.stateAfter === undefined);
}

async function fetchStatesBefore(gap: GapInput, pdu: Pdu): Promise<void> {
  for (const eventId of await missingStates(gap, pdu)) {
    if (!mayAsk(gap)) return;
    await fetchStateAt(gap, eventId);
  }
}

/** The state before an event that we do not have, and the event itself: together the state after it. */
async function fetchStateAt(gap: GapInput, eventId: EventId): Promise<void> {
  const { requests, roomId, from, receipt } = gap;
  gap.budget.events -= REQUEST_COST;
  const answer = await requests.stateIds(from, roomId, eventId, timeLeft(gap));
  if (!answer.ok) return;
  await fetchState(gap, eventId, [...answer.value.authChain, ...answer.value.state]);
  const [pdu] = await soundEvents(gap, await fetchEach(gap, [eventId]));
  if (pdu?.eventId !== eventId) return;
  await fetchAuthEvents(gap, pdu);
  const state = await receipt.events.many(answer.value.state);
  if (state.size < (1 - TOLERATED_LOSS) * new Set(answer.value.state).size) return;
  const usable = [...state.values()].filter((known) => !known.record.isRejected && known.pdu.stateKey !== undefined);
  const create = usable.some((known) => known.pdu.type === 'm.room.create');
  if (!create) return;
  const before = receipt.states.build(usable.map((known) => known.pdu));
  const because = `the state before it is what ${from} says`;
  // Judged as any event: a server must not pass off as the room's past what the room or its policy server refuses.
  const result = await receive(receipt, pdu, from, { state: before, because, isTip: false });
  if (result.outcome !== 'missingAuth') return;
  receipt.events.add({
    pdu,
    record: {
      ...newEvent(pdu, 'rejected', from, receipt.receivedAt),
      ...{ isRejected: true, stateBefore: before, stateAfter: before, reason: because },
    },
  });
}

/** What of a state and its auth chain is not known: one by one where it is little, all of it at once where it is much. */
async function fetchState(gap: GapInput, eventId: EventId, eventIds: readonly EventId[]): Promise<void> {
  const listed = new Set(eventIds);
  const known = await gap.receipt.events.many(listed);
  if (listed.size - known.size > SINGLE_FETCHES && mayAsk(gap)) {
    gap.budget.events -= WHOLE_STATE_COST;
    const answer = await gap.requests.state(gap.from, gap.roomId, eventId, timeLeft(gap));
    if (answer.ok) await takeOutliers(gap, await newOnes(gap, answer.value, listed, known));
  }
  await fetchOutliers(gap, [...listed]);
}

/** Of a whole state those events that were missing. */
async function newOnes(
  gap: GapInput,
  raws: readonly JsonValue[],
  listed: ReadonlySet<EventId>,
  known: ReadonlyMap<EventId, unknown>,
): Promise<readonly Pdu[]> {
  const options = { timeoutMs: timeLeft(gap), alreadyVerified: new Set(known.keys()) };
  const checked = await checkEvents(raws, gap.rules, gap.verifier, options);
  return checked.flatMap((event) => {
    const isWanted = event.ok && event.pdu.roomId === gap.roomId && listed.has(event.pdu.eventId);
    return isWanted && !known.has(event.pdu.eventId) ? [event.pdu] : [];
  });
}

/** `event_auth` gives the whole auth chain in one answer; what is still missing then is asked for one by one. */
export async function fetchAuthEvents(gap: GapInput, pdu: Pdu): Promise<void> {
  const missing = async (): Promise<readonly EventId[]> => {
    const known = await gap.receipt.events.many(pdu.authEvents);
    return pdu.authEvents.filter((eventId) => !known.has(eventId));
  };
  if ((await missing()).length === 0 || !mayAsk(gap)) return;
  gap.budget.events -= REQUEST_COST;
  const answer = await gap.requests.eventAuth(gap.from, gap.roomId, pdu.eventId, timeLeft(gap));
  if (answer.ok) await takeOutliers(gap, await soundEvents(gap, answer.value.slice(0, Math.max(0, gap.budget.events))));
  await fetchOutliers(gap, await missing());
}

async function fetchOutliers(gap: GapInput, eventIds: readonly EventId[]): Promise<void> {
  const known = await gap.receipt.events.many(eventIds);
  const lacking = eventIds.filter((eventId) => !known.has(eventId)).slice(0, SINGLE_FETCHES);
  const fetched = await fetchEach(gap, lacking);
  if (fetched.length > 0) await takeOutliers(gap, await soundEvents(gap, fetched));
}

async function takeOutliers(gap: GapInput, pdus: readonly Pdu[]): Promise<void> {
  for (const pdu of authEventsFirst(pdus)) await receiveOutlier(gap.receipt, pdu, gap.from);
}

async function fetchEach(gap: GapInput, eventIds: readonly EventId[]): Promise<readonly JsonValue[]> {
  const events: JsonValue[] = [];
  for (let at = 0; at < eventIds.length && mayAsk(gap); at += FETCHES_AT_ONCE) {
    const group = eventIds.slice(at, at + FETCHES_AT_ONCE);
    gap.budget.events -= group.length;
    const answers = await Promise.all(group.map((eventId) => gap.requests.event(gap.from, eventId, timeLeft(gap))));
    events.push(...answers.flatMap((answer) => (answer.ok ? [answer.value] : [])));
  }
  return events;
}

/** Those that pass checks 1–3 and are of this room, what they cite first; each counts against the budget. */
async function soundEvents(gap: GapInput, raws: readonly JsonValue[]): Promise<readonly Pdu[]> {
  gap.budget.events -= raws.length;
  const checked = await checkEvents(raws, gap.rules, gap.verifier, { timeoutMs: timeLeft(gap) });
  return previousFirst(checked.flatMap((event) => (event.ok && event.pdu.roomId === gap.roomId ? [event.pdu] : [])));
}

function mayAsk(gap: GapInput): boolean {
  return gap.budget.events > 0 && gap.now() < gap.budget.deadline;
}

function timeLeft(gap: GapInput): number {
  return Math.max(1, gap.budget.deadline - gap.now());
}
