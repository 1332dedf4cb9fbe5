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
import { newEvent, receive, receiveOutlier, type ReceiptInput } from './receipt.ts';

/** What may still be spent on one batch of events. */
export interface GapBudget {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Events that may still be fetched. */
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
const SINGLE_FETCHES = 200;
const FETCHES_AT_ONCE = 10;

/** Fetches what lies between the event and what is known. Afterwards the event may be received, or its past is not to be had. */
export async function fillGap(gap: GapInput, pdu: Pdu): Promise<void> {
  await fetchAuthEvents(gap, pdu);
  const { receipt, requests, roomId } = gap;
  if ((await missingStates(gap, pdu)).length === 0 || !mayAsk(gap)) return;
  const answer = await requests.missingEvents(gap.from, roomId, {
    earliest: [...receipt.heads.extremities.keys()].slice(0, 20),
    latest: [pdu.eventId],
    limit: Math.min(MISSING_LIMIT, gap.budget.events),
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
  const answer = await requests.stateIds(from, roomId, eventId, timeLeft(gap));
  if (!answer.ok) return;
  await fetchOutliers(gap, [...answer.value.authChain, ...answer.value.state]);
  const [pdu] = await soundEvents(gap, await fetchEach(gap, [eventId]));
  if (pdu?.eventId !== eventId) return;
  await fetchAuthEvents(gap, pdu);
  const state = await receipt.events.many(answer.value.state);
  const usable = [...state.values()].filter((known) => !known.record.isRejected && known.pdu.stateKey !== undefined);
  const create = usable.some((known) => known.pdu.type === 'm.room.create');
  if (!create) return;
  const before = receipt.states.build(usable.map((known) => known.pdu));
  const outlier = await receiveOutlier(receipt, pdu, from);
  const isRejected = outlier === 'missingAuth' || (await receipt.events.get(eventId))?.record.isRejected === true;
  const stateAfter = isRejected ? before : await receipt.states.withEvent(before, pdu);
  const reason = `the state before it is what ${from} says`;
  receipt.events.add({
    pdu,
    record: {
      ...newEvent(pdu, isRejected ? 'rejected' : 'accepted', from, receipt.receivedAt),
      ...{ isRejected, stateBefore: before, stateAfter, reason },
    },
  });
}

/** `event_auth` gives the whole auth chain in one answer; what is still missing then is asked for one by one. */
export async function fetchAuthEvents(gap: GapInput, pdu: Pdu): Promise<void> {
  const missing = async (): Promise<readonly EventId[]> => {
    const known = await gap.receipt.events.many(pdu.authEvents);
    return pdu.authEvents.filter((eventId) => !known.has(eventId));
  };
  if ((await missing()).length === 0 || !mayAsk(gap)) return;
  const answer = await gap.requests.eventAuth(gap.from, gap.roomId, pdu.eventId, timeLeft(gap));
  if (answer.ok) await takeOutliers(gap, await soundEvents(gap, answer.value.slice(0, gap.budget.events)));
  await fetchOutliers(gap, await missing());
}

async function fetchOutliers(gap: GapInput, eventIds: readonly EventId[]): Promise<void> {
  const known = await gap.receipt.events.many(eventIds);
  const lacking = eventIds
    .filter((eventId) => !known.has(eventId))
    .slice(0, Math.min(SINGLE_FETCHES, gap.budget.events));
  if (lacking.length > 0) await takeOutliers(gap, await soundEvents(gap, await fetchEach(gap, lacking)));
}

/** In rounds, since auth events come before those they authorise; a round that takes nothing in is the last. */
async function takeOutliers(gap: GapInput, pdus: readonly Pdu[]): Promise<void> {
  let waiting = pdus;
  for (let taken = true; taken && waiting.length > 0;) {
    taken = false;
    const next: Pdu[] = [];
    for (const pdu of waiting) {
      const outcome = await receiveOutlier(gap.receipt, pdu, gap.from);
      if (outcome === 'taken') taken = true;
      if (outcome === 'missingAuth') next.push(pdu);
    }
    waiting = next;
  }
}

async function fetchEach(gap: GapInput, eventIds: readonly EventId[]): Promise<readonly JsonValue[]> {
  const events: JsonValue[] = [];
  for (let at = 0; at < eventIds.length && mayAsk(gap); at += FETCHES_AT_ONCE) {
    const group = eventIds.slice(at, at + FETCHES_AT_ONCE);
    const answers = await Promise.all(group.map((eventId) => gap.requests.event(gap.from, eventId, timeLeft(gap))));
    events.push(...answers.flatMap((answer) => (answer.ok ? [answer.value] : [])));
  }
  return events;
}

/** Those that pass checks 1–3 and are of this room, oldest first; each counts against the budget. */
async function soundEvents(gap: GapInput, raws: readonly JsonValue[]): Promise<readonly Pdu[]> {
  gap.budget.events -= raws.length;
  const checked = await checkEvents(raws, gap.rules, gap.verifier, { timeoutMs: timeLeft(gap) });
  const pdus = checked.flatMap((event) => (event.ok && event.pdu.roomId === gap.roomId ? [event.pdu] : []));
  return pdus.sort((a, b) => a.depth - b.depth);
}

function mayAsk(gap: GapInput): boolean {
  return gap.budget.events > 0 && gap.now() < gap.budget.deadline;
}

function timeLeft(gap: GapInput): number {
  return Math.max(1, gap.budget.deadline - gap.now());
}
