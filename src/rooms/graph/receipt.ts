/**
 * The checks on receipt of a PDU from the fourth on (server-server API, "Checks performed on receipt of a PDU"): auth
 * events, state before, current state, policy server. Checks 1–3 are `../checked-events.ts`.
 */
import { checkAuth, checkAuthAgainstState } from '../../protocol/auth-rules/check-auth.ts';
import { referenceHash, type Pdu } from '../../protocol/events.ts';
import { checkContentHash } from '../../protocol/hashes.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { createEventIdOf } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { serverNameOf } from '../../protocol/ids/user-id.ts';
import type { Room } from '../room.ts';
import type { ChangeEvents } from './change-events.ts';
import type { ChangeStates } from './change-states.ts';
import { authEventsFirst } from './event-order.ts';
import type { EventSource, KnownEvent } from './graph-events.ts';
import { readRedaction, redactionFor } from './redactions.ts';
import type { EventStatus, NewEvent, StateId } from './ports.ts';
import type { RoomStates } from './room-states.ts';

/** The policy server's word about an event: with its signature merged in, or why there is none. */
export type PolicyResult =
  | { ok: true; pdu: Pdu }
  /**
   * `mayChange`: it did not refuse the event, it had no say; it may answer otherwise later. `ask`: nobody was asked yet;
   * after this, outside the change, the check knows.
   */
  | { ok: false; reason: string; mayChange?: boolean; ask?: () => Promise<void> };
/** Check 7; `state` is the current state. Not asked about events that no policy server is asked about. */
export type PolicyCheck = (pdu: Pdu, state: StateId) => Promise<PolicyResult>;

export interface ReceivedEvent {
  readonly eventId: EventId;
  readonly outcome: 'known' | 'accepted' | 'softFailed' | 'rejected' | 'missingAuth' | 'missingState' | 'needsPolicy';
  readonly reason?: string;
  /** What the policy server said where it refused the event: senders are told its own words. */
  readonly policyReason?: string;
  /** Of an event that `needsPolicy`, which is not stored: asks the policy server, outside the change. */
  readonly ask?: () => Promise<void>;
}

/** What the policy check of a change looks at; `currentState` is what readers see. */
export interface RoomInChange {
  readonly room: Room;
  readonly states: RoomStates;
  readonly events: EventSource;
  readonly currentState: StateId;
  /**
   * Stands for the changes that take in one batch of another server's events: nobody is asked in them, only between them,
   * and for no longer than for one change.
   */
  readonly batch?: object | undefined;
}

/** The room's graph as a change finds it and leaves it. */
export interface Heads {
  /** Forward extremities with the state after each. */
  readonly extremities: Map<EventId, StateId>;
  currentState: StateId;
}

export interface ReceiptInput {
  readonly events: ChangeEvents;
  readonly states: ChangeStates;
  readonly heads: Heads;
  readonly emptyState: StateId;
  readonly policyCheck: PolicyCheck;
  readonly receivedAt: number;
}

/** Of more forward extremities than this those are let go whose state others have too: the room's stays what it is. */
const MAX_EXTREMITIES = 50;
/** More than this are let go in any case: they cost a resolution each. */
const MAX_STATES = 200;

/** What stands in for the state before an event whose past cannot be had. */
export interface AssumedState {
  readonly state: StateId;
  readonly because: string;
  /** What is no tip lies before an event that is about to be received. */
  readonly isTip?: false;
}

/** Takes one event in: what is known already stays as it is, but for what the policy server had no say about. */
export async function receive(
  input: ReceiptInput,
  pdu: Pdu,
  from: ServerName,
  assumed?: AssumedState,
): Promise<ReceivedEvent> {
  const { eventId } = pdu;
  const known = await input.events.get(eventId);
  if (known?.record.stateAfter !== undefined) return await receiveAgain(input, pdu, known, from);
  const authEvents = await citedAuthEvents(input.events, pdu);
  if (authEvents.missing.length > 0) {
    return { eventId, outcome: 'missingAuth', reason: `its auth event ${authEvents.missing[0] ?? ''} is not known` };
  }
  const before = (await stateBefore(input, pdu)) ?? assumed?.state;
  if (before === undefined) return { eventId, outcome: 'missingState', reason: 'the state before it is not known' };
  const judged = await judge(input, pdu, authEvents.found, before);
  if (judged.ask !== undefined) return { eventId, outcome: 'needsPolicy', ask: judged.ask };
  return await take(input, judged, { before, from, prior: known, ...(assumed === undefined ? {} : { assumed }) });
}

/** An event that was soft-failed because the policy server had no say is judged once more; all else is known. */
async function receiveAgain(
  input: ReceiptInput,
  pdu: Pdu,
  known: KnownEvent,
  from: ServerName,
): Promise<ReceivedEvent> {
  const { eventId } = pdu;
  const { isUndecided, stateBefore: before } = known.record;
  if (isUndecided !== true || before === undefined) return { eventId, outcome: 'known' };
  const { found } = await citedAuthEvents(input.events, known.pdu);
  // What comes may have been signed by the policy server since, or been tampered with.
  const judged = await judge(input, isSameEvent(pdu, known.pdu) ? pdu : known.pdu, found, before);
  if (judged.ask !== undefined) return { eventId, outcome: 'needsPolicy', ask: judged.ask };
  if (judged.isUndecided === true) return { eventId, outcome: 'known', reason: judged.reason ?? 'it is undecided' };
  return await take(input, judged, { before, from, prior: known });
}

function isSameEvent(a: Pdu, b: Pdu): boolean {
  return checkContentHash(a.raw) === 'match' && Buffer.compare(referenceHash(a), referenceHash(b)) === 0;
}

interface Place {
  readonly before: StateId;
  readonly from: ServerName;
  /** What was known of the event. */
  readonly prior: KnownEvent | undefined;
  readonly assumed?: AssumedState;
}

async function take(input: ReceiptInput, judged: Judged, place: Place): Promise<ReceivedEvent> {
  const { pdu, status } = judged;
  const { before, from, prior, assumed } = place;
  const isRejected = status === 'rejected';
  const stateAfter = isRejected ? before : await input.states.withEvent(before, pdu);
  const reason = judged.reason ?? assumed?.because;
  const record: NewEvent = {
    ...newEvent(pdu, status, from, input.receivedAt),
    isRejected,
    stateBefore: before,
    stateAfter,
    ...(reason === undefined ? {} : { reason }),
    ...(judged.isUndecided === true ? { isUndecided: true } : {}),
  };
  await input.events.add({ pdu, record }, prior);
  if (status === 'accepted') {
    await noteRedaction(input, pdu, before);
    await noteCited(input, pdu);
    if (assumed?.isTip !== false) await extend(input, pdu, stateAfter);
  } else if (await input.events.isCitedAhead(pdu.eventId)) await recede(input, pdu);
  return {
    eventId: pdu.eventId,
    outcome: status,
    ...(judged.reason === undefined ? {} : { reason: judged.reason }),
    ...(judged.policyReason === undefined ? {} : { policyReason: judged.policyReason }),
  };
}

interface Judged {
  readonly pdu: Pdu;
  readonly status: 'accepted' | 'softFailed' | 'rejected';
  readonly reason?: string;
  readonly policyReason?: string;
  readonly isUndecided?: boolean;
  readonly ask?: () => Promise<void>;
}

async function judge(
  input: ReceiptInput,
  pdu: Pdu,
  authEvents: ReadonlyMap<EventId, KnownEvent>,
  before: StateId,
): Promise<Judged> {
  const isRejected = (eventId: EventId): boolean => authEvents.get(eventId)?.record.isRejected ?? false;
  const cited = [...authEvents.values()].map((known) => known.pdu);
  // 4. Passes authorisation rules based on the event's auth events, otherwise it is rejected.
  const byAuthEvents = checkAuth(pdu, cited, { isRejected });
  if (!byAuthEvents.allowed) return rejected(pdu, 4, byAuthEvents.rule, byAuthEvents.reason);
  // 5. Passes authorisation rules based on the state before the event, otherwise it is rejected.
  const byState = checkAuthAgainstState(pdu, await input.states.authStateFor(before, pdu));
  if (!byState.allowed) return rejected(pdu, 5, byState.rule, byState.reason);
  const { currentState } = input.heads;
  // 6. Passes authorisation rules based on the current state of the room, otherwise it is soft failed.
  if (currentState !== before && input.heads.extremities.size > 0) {
    const byCurrent = checkAuthAgainstState(pdu, await input.states.authStateFor(currentState, pdu));
    if (!byCurrent.allowed) {
      return { pdu, status: 'softFailed', reason: `check 6, rule ${byCurrent.rule}: ${byCurrent.reason}` };
    }
  }
  // 7. Is validly signed by the policy server of the room, otherwise it is soft failed.
  const policy = await input.policyCheck(pdu, currentState);
  if (!policy.ok) {
    const { reason, mayChange = false, ask } = policy;
    const because = { reason: `check 7: ${reason}`, policyReason: reason };
    return { pdu, status: 'softFailed', ...because, isUndecided: mayChange, ...(ask === undefined ? {} : { ask }) };
  }
  return { pdu: policy.pdu, status: 'accepted' };
}

function rejected(pdu: Pdu, check: number, rule: string, reason: string): Judged {
  return { pdu, status: 'rejected', reason: `check ${String(check)}, rule ${rule}: ${reason}` };
}

/** Outliers in any order. */
export async function receiveOutliers(input: ReceiptInput, pdus: readonly Pdu[], from: ServerName): Promise<void> {
  await input.events.lookAhead(pdus.map((pdu) => pdu.eventId));
  for (const pdu of authEventsFirst(pdus)) await receiveOutlier(input, pdu, from);
}

/** An event that is needed by others, its own place unknown: auth rules by its auth events alone. */
async function receiveOutlier(
  input: ReceiptInput,
  pdu: Pdu,
  from: ServerName,
): Promise<'known' | 'taken' | 'missingAuth'> {
  if ((await input.events.get(pdu.eventId)) !== undefined) return 'known';
  const authEvents = await citedAuthEvents(input.events, pdu);
  if (authEvents.missing.length > 0) return 'missingAuth';
  const isRejected = (eventId: EventId): boolean => authEvents.found.get(eventId)?.record.isRejected ?? false;
  const verdict = checkAuth(
    pdu,
    [...authEvents.found.values()].map((known) => known.pdu),
    { isRejected },
  );
  const record: NewEvent = {
    ...newEvent(pdu, 'outlier', from, input.receivedAt),
    isRejected: !verdict.allowed,
    ...(verdict.allowed ? {} : { reason: `check 4, rule ${verdict.rule}: ${verdict.reason}` }),
  };
  await input.events.add({ pdu, record }, undefined);
  return 'taken';
}

export function newEvent(pdu: Pdu, status: EventStatus, from: ServerName, receivedAt: number): NewEvent {
  const { eventId, raw, type, stateKey, sender, depth, originServerTs, prevEvents } = pdu;
  return {
    ...{ eventId, raw, type, stateKey, sender, depth, originServerTs, prevEvents },
    status,
    isRejected: false,
    receivedFrom: from,
    receivedAt,
  };
}

async function citedAuthEvents(
  events: ChangeEvents,
  pdu: Pdu,
): Promise<{ found: ReadonlyMap<EventId, KnownEvent>; missing: readonly EventId[] }> {
  const implied =
    pdu.rules.auth.roomIdIsCreateHash && pdu.type !== 'm.room.create' ? [createEventIdOf(pdu.roomId)] : [];
  const wanted = [...pdu.authEvents, ...implied];
  const found = await events.many(wanted);
  return { found, missing: wanted.filter((eventId) => !found.has(eventId)) };
}

/** Resolves the states after all `prev_events`; `undefined` where one of them is not known. */
async function stateBefore(input: ReceiptInput, pdu: Pdu): Promise<StateId | undefined> {
  if (pdu.prevEvents.length === 0) return input.emptyState;
  const prev = await input.events.many(pdu.prevEvents);
  const states: StateId[] = [];
  for (const eventId of pdu.prevEvents) {
    const state = prev.get(eventId)?.record.stateAfter;
    if (state === undefined) return undefined;
    states.push(state);
  }
  return await input.states.resolve(states);
}

/**
 * The event becomes a forward extremity in the place of those it cites, unless accepted events cite it already; the
 * current state follows.
 */
async function extend(input: ReceiptInput, pdu: Pdu, stateAfter: StateId): Promise<void> {
  const { extremities } = input.heads;
  for (const eventId of await followedBy(input, pdu)) extremities.delete(eventId);
  if (extremities.size === 0 || !(await input.events.isCitedAhead(pdu.eventId))) {
    extremities.set(pdu.eventId, stateAfter);
  }
  if (extremities.size > MAX_EXTREMITIES) await dropShallowest(input);
  input.heads.currentState = await input.states.resolve([...extremities.values()]);
}

/** Accepted events follow one that is not accepted itself: what that one follows is no forward extremity any more. */
async function recede(input: ReceiptInput, pdu: Pdu): Promise<void> {
  const { extremities } = input.heads;
  await noteCited(input, pdu);
  const past = [...(await followedBy(input, pdu))].filter((eventId) => extremities.has(eventId));
  if (past.length === 0 || past.length === extremities.size) return;
  for (const eventId of past) extremities.delete(eventId);
  input.heads.currentState = await input.states.resolve([...extremities.values()]);
}

/** Most events that are looked for behind one that was not accepted. */
const MAX_FOLLOWED = 200;

/** The previous events of an event and, behind those that were not accepted, theirs. */
async function followedBy({ events }: ReceiptInput, pdu: Pdu): Promise<ReadonlySet<EventId>> {
  const followed = new Set<EventId>();
  let next = pdu.prevEvents;
  while (next.length > 0 && followed.size < MAX_FOLLOWED) {
    for (const eventId of next) followed.add(eventId);
    const known = await events.many(next);
    next = [...known.values()].flatMap(({ pdu: { prevEvents }, record: { status } }) =>
      status === 'softFailed' || status === 'rejected' ? prevEvents.filter((eventId) => !followed.has(eventId)) : [],
    );
  }
  return followed;
}

/** What an accepted event cites before it is accepted itself becomes no forward extremity any more. */
export async function noteCited(input: Pick<ReceiptInput, 'events'>, pdu: Pdu): Promise<void> {
  const known = await input.events.many(pdu.prevEvents);
  input.events.citeAhead(pdu.prevEvents.filter((eventId) => known.get(eventId)?.record.status !== 'accepted'));
}

/** Of the server that has most of them: however deep it claims to be, it pushes out nobody else's. */
async function dropShallowest(input: ReceiptInput): Promise<void> {
  const { extremities } = input.heads;
  const states = [...extremities.values()];
  const isAlone = (state: StateId): boolean => states.indexOf(state) === states.lastIndexOf(state);
  const shared = [...extremities].filter(([, state]) => !isAlone(state)).map(([eventId]) => eventId);
  if (shared.length === 0 && extremities.size <= MAX_STATES) return;
  const known = [...(await input.events.many(shared.length > 0 ? shared : extremities.keys())).values()];
  const byServer = Map.groupBy(known, ({ pdu }) => serverNameOf(pdu.sender));
  const [most = []] = [...byServer.values()].sort((a, b) => b.length - a.length);
  const [shallowest] = most.sort((a, b) => a.pdu.depth - b.pdu.depth);
  if (shallowest !== undefined) extremities.delete(shallowest.pdu.eventId);
}

async function noteRedaction(input: ReceiptInput, pdu: Pdu, before: StateId): Promise<void> {
  if (pdu.type !== 'm.room.redaction') return;
  const redaction = readRedaction(pdu, await input.states.authStateFor(before, pdu));
  if (redaction === undefined) return;
  const target = await input.events.get(redaction.target);
  if (target === undefined) input.events.redactAhead(redaction);
  else if (redactionFor(target.pdu, [redaction]) !== undefined) input.events.redact(redaction.target, pdu.eventId);
}
