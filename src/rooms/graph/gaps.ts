/**
 * Missing events: what a new event cites and we do not know is fetched from the server that sent it, bounded in count,
 * bytes and time (server-server API, "Backfilling and retrieving missing events"). While that server is waited for the
 * room goes on: what it gives is taken in by changes of their own.
 */
import { parsePdu, type Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { isJsonObject, type JsonValue } from '../../protocol/json.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { checkEvents } from '../checked-events.ts';
import type { EventVerifier } from '../ports.ts';
import type { RoomRequests } from '../requests.ts';
import { previousFirst } from './event-order.ts';
import type { EventSource } from './graph-events.ts';
import { newEvent, receive, receiveOutliers, type ReceiptInput, type ReceivedEvent } from './receipt.ts';

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
  /** Those that are stored. */
  readonly events: EventSource;
  readonly extremities: () => readonly EventId[];
  /** Runs a change of the room: nothing in it waits for another server. */
  readonly change: <T>(work: (input: ReceiptInput) => Promise<T>) => Promise<T>;
  readonly verifier: EventVerifier;
  readonly requests: RoomRequests;
  readonly budget: GapBudget;
  readonly now: () => number;
}

const MISSING_LIMIT = 50;
const MAX_EARLIEST = 20;
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
  const { requests, roomId } = gap;
  if ((await missingStates(gap, pdu)).length === 0 || !mayAsk(gap)) return;
  gap.budget.events -= REQUEST_COST;
  const answer = await requests.missingEvents(gap.from, roomId, {
    earliest: await earliestFor(gap, pdu),
    latest: [pdu.eventId],
    limit: Math.max(1, Math.min(MISSING_LIMIT, gap.budget.events)),
    timeoutMs: timeLeft(gap),
  });
  const between = answer.ok ? await soundEvents(gap, answer.value.slice(0, MISSING_LIMIT)) : [];
  await receiveBetween(gap, between);
  await fetchStatesBefore(gap, pdu);
}

/** What we have, as far as it may lie before the event: going back from it ends at the nearest of these. */
async function earliestFor(gap: GapInput, { depth }: Pdu): Promise<readonly EventId[]> {
  const tips = [...(await gap.events.many(gap.extremities())).values()].map((known) => known.pdu);
  const [before, others] = [tips.filter((tip) => tip.depth < depth), tips.filter((tip) => tip.depth >= depth)];
  before.sort((a, b) => b.depth - a.depth);
  return [...before, ...others].slice(0, MAX_EARLIEST).map((tip) => tip.eventId);
}

/** As many as can be had a place at once, then what the next one lacks. */
async function receiveBetween(gap: GapInput, between: readonly Pdu[]): Promise<void> {
  for (let rest = between; rest.length > 0;) {
    const [open, ...others] = await gap.change(async (input) => {
      for (const [index, pdu] of rest.entries()) {
        const { outcome } = await receive(input, pdu, gap.from);
        if (isOpen(outcome)) return rest.slice(index);
      }
      return [];
    });
    if (open === undefined) return;
    await fetchAuthEvents(gap, open);
    await fetchStatesBefore(gap, open);
    await receiveAsking(gap, open);
    rest = others;
  }
}

function isOpen(outcome: ReceivedEvent['outcome']): boolean {
  return outcome === 'missingAuth' || outcome === 'missingState' || outcome === 'needsPolicy';
}

/** Receives an event; where the policy server has to be asked about it, that is done between two changes. */
export async function receiveAsking(
  gap: Pick<GapInput, 'change' | 'from'>,
  pdu: Pdu,
  work: (input: ReceiptInput) => Promise<ReceivedEvent> = async (input) => await receive(input, pdu, gap.from),
): Promise<ReceivedEvent> {
  const first = await gap.change(work);
  if (first.ask === undefined) return first;
  await first.ask();
  return await gap.change(work);
}

/** The cited events after which we know no state. */
async function missingStates(gap: GapInput, pdu: Pdu): Promise<readonly EventId[]> {
  const known = await gap.events.many(pdu.prevEvents);
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
  const { requests, roomId, from } = gap;
  gap.budget.events -= REQUEST_COST;
  const answer = await requests.stateIds(from, roomId, eventId, timeLeft(gap));
  if (!answer.ok) return;
  await fetchState(gap, eventId, [...answer.value.authChain, ...answer.value.state]);
  const [pdu] = await soundEvents(gap, await fetchEach(gap, [eventId]));
  if (pdu?.eventId !== eventId) return;
  await fetchAuthEvents(gap, pdu);
  await receiveAsking(gap, pdu, async (input) => await receiveAfter(input, pdu, new Set(answer.value.state), from));
}

/** Judged as any event: a server must not pass off as the room's past what the room or its policy server refuses. */
async function receiveAfter(
  input: ReceiptInput,
  pdu: Pdu,
  stateIds: ReadonlySet<EventId>,
  from: ServerName,
): Promise<ReceivedEvent> {
  const { eventId } = pdu;
  const state = await input.events.many(stateIds);
  const usable = [...state.values()].filter((known) => !known.record.isRejected && known.pdu.stateKey !== undefined);
  const isWhole = state.size >= (1 - TOLERATED_LOSS) * stateIds.size;
  if (!isWhole || !usable.some((known) => known.pdu.type === 'm.room.create')) {
    return { eventId, outcome: 'missingState' };
  }
  const before = input.states.build(usable.map((known) => known.pdu));
  const because = `the state before it is what ${from} says`;
  const result = await receive(input, pdu, from, { state: before, because, isTip: false });
  if (result.outcome !== 'missingAuth') return result;
  const record = {
    ...newEvent(pdu, 'rejected', from, input.receivedAt),
    ...{ isRejected: true, stateBefore: before, stateAfter: before, reason: because },
  };
  await input.events.add({ pdu, record }, await input.events.get(eventId));
  return { eventId, outcome: 'rejected', reason: because };
}

/** What of a state and its auth chain is not known: one by one where it is little, all of it at once where it is much. */
async function fetchState(gap: GapInput, eventId: EventId, eventIds: readonly EventId[]): Promise<void> {
  const listed = new Set(eventIds);
  const known = await gap.events.many(listed);
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
    const known = await gap.events.many(pdu.authEvents);
    return pdu.authEvents.filter((eventId) => !known.has(eventId));
  };
  if ((await missing()).length === 0 || !mayAsk(gap)) return;
  gap.budget.events -= REQUEST_COST;
  const answer = await gap.requests.eventAuth(gap.from, gap.roomId, pdu.eventId, timeLeft(gap));
  if (answer.ok) await takeOutliers(gap, await soundEvents(gap, answer.value.slice(0, Math.max(0, gap.budget.events))));
  await fetchOutliers(gap, await missing());
}

async function fetchOutliers(gap: GapInput, eventIds: readonly EventId[]): Promise<void> {
  const known = await gap.events.many(eventIds);
  const lacking = eventIds.filter((eventId) => !known.has(eventId)).slice(0, SINGLE_FETCHES);
  const fetched = await fetchEach(gap, lacking);
  if (fetched.length > 0) await takeOutliers(gap, await soundEvents(gap, fetched));
}

async function takeOutliers(gap: GapInput, pdus: readonly Pdu[]): Promise<void> {
  if (pdus.length > 0) await gap.change(async (input) => await receiveOutliers(input, pdus, gap.from));
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

/** Those that pass checks 1–3 and are of this room, what they cite first; each new one counts against the budget. */
async function soundEvents(gap: GapInput, raws: readonly JsonValue[]): Promise<readonly Pdu[]> {
  const fresh = await withoutPlaced(gap, raws);
  gap.budget.events -= fresh.length;
  const checked = await checkEvents(fresh, gap.rules, gap.verifier, { timeoutMs: timeLeft(gap) });
  return previousFirst(checked.flatMap((event) => (event.ok && event.pdu.roomId === gap.roomId ? [event.pdu] : [])));
}

/** Without those that are received already and would stay as they are. */
async function withoutPlaced(gap: GapInput, raws: readonly JsonValue[]): Promise<readonly JsonValue[]> {
  const ids = raws.map((raw) => {
    const parsed = isJsonObject(raw) ? parsePdu(raw, gap.rules) : undefined;
    return parsed?.ok === true ? parsed.pdu.eventId : undefined;
  });
  const known = await gap.events.many(ids.filter((eventId) => eventId !== undefined));
  return raws.filter((_, index) => {
    const eventId = ids[index];
    const record = eventId === undefined ? undefined : known.get(eventId)?.record;
    return record?.stateAfter === undefined || record.isUndecided === true;
  });
}

export function mayAsk(gap: GapInput): boolean {
  return gap.budget.events > 0 && gap.now() < gap.budget.deadline;
}

function timeLeft(gap: GapInput): number {
  return Math.max(1, gap.budget.deadline - gap.now());
}
