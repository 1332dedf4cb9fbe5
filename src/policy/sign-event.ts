/**
 * `/sign`: from the body of a request to our signature or a refusal (server-server API, "Policy Servers").
 * Order: shape → event id → content hash → stored verdict → same id in flight → room, ACL → signatures → facts →
 * decide → store → answer. Only what is stored is ever answered as a verdict.
 */
import { hash as digest } from 'node:crypto';
import { canonicalText } from '../protocol/canonical-json.ts';
import { encodeBase64 } from '../protocol/base64.ts';
import { signText, type SigningKey } from '../protocol/ed25519.ts';
import { canonicalSize, MAX_EVENT_BYTES, parsePdu, referenceHash, signableText, type Pdu } from '../protocol/events.ts';
import { checkContentHash } from '../protocol/hashes.ts';
import { parseRoomId } from '../protocol/ids/room-id.ts';
import type { EventId } from '../protocol/ids/event-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { own, ownObject, ownString, type JsonObject } from '../protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../protocol/room-versions.ts';
import { addSignature } from '../protocol/signing.ts';
import { senderServer } from './facts.ts';
import { judgeEvent, type Judged, type JudgeDeps } from './judge-event.ts';
import type { Subject } from './questions.ts';
import { EventReading } from './reading/event-reading.ts';
import type { LatestDecision, RoomDirectory, RoomFacts, SenderVerifier, VerdictStore } from './ports.ts';
import { referenceOf } from './reference.ts';
import type { RememberedAnswers } from './remembered-answers.ts';
import type { SignOutcome } from './sign-outcome.ts';
import type { Verdict } from './verdict.ts';

export interface SignEventDeps extends JudgeDeps {
  readonly serverName: ServerName;
  readonly policyKey: SigningKey;
  readonly verdicts: VerdictStore;
  readonly verifier: SenderVerifier;
  readonly answers: RememberedAnswers;
  /** Told of each new verdict once it is stored: counters and the memory of people rest on it. Must not throw. */
  readonly onVerdict: (subject: Subject, verdict: Verdict) => void;
  /** Told of failures of the machine, which the asker only sees as `busy`. */
  readonly onFailure: (error: unknown) => void;
}

export interface SignRequest {
  readonly origin: ServerName;
  readonly body: JsonObject;
  /** Canonical JSON of the body, where it is at hand: a body that was answered before is known by it. */
  readonly content?: string | undefined;
  /**
   * The room itself asks about an event that it is taking in: signatures are checked already, and nothing may wait for the
   * room's writer or for other servers, as the writer waits for the answer.
   */
  readonly duringReceipt?: true;
}

/** Milliseconds for each thing that may need the network. */
const KEYS_TIMEOUT_MS = 8_000;
const HISTORY_TIMEOUT_MS = 4_000;
const CATCH_UP_TIMEOUT_MS = 3_000;
const JOIN_TIMEOUT_MS = 10_000;
const ANSWERS_TIMEOUT_MS = 8_200;
/** For one answer altogether, whatever it waits for. */
const BUDGET_MS = 9_000;
/** Within a change of the room, which others wait for. */
const ANSWERS_TIMEOUT_DURING_RECEIPT_MS = 1_000;
/** Events smaller than this cannot grow too large by a signature; measuring is left out for them. */
const SURELY_SMALL_BYTES = 8_192;

interface TimedRequest extends SignRequest {
  readonly startedAt: number;
}

interface InFlight {
  readonly hash: string;
  readonly origin: ServerName;
  readonly outcome: Promise<SignOutcome>;
}

export type EventSigner = (request: SignRequest) => Promise<SignOutcome>;

/**
 * Every server in a room asks about the same event, mostly in the same bytes: these get the verdict that is stored for
 * them, without reading the event again.
 */
export function createEventSigner(deps: SignEventDeps): EventSigner {
  const askOnce = createUncachedSigner(deps);
  const { answers } = deps;
  return async (request) => {
    const key = request.content === undefined ? undefined : digest('sha256', request.content, 'base64');
    const known = key === undefined ? undefined : answers.find(key);
    if (known !== undefined) return known;
    const begun = answers.generation;
    const outcome = await askOnce(request);
    if (key !== undefined) answers.remember(key, outcome, begun);
    return outcome;
  };
}

/** One decision per event id: askers of the same event at the same time share it. */
function createUncachedSigner(deps: SignEventDeps): EventSigner {
  const inFlight = new Map<EventId, InFlight>();
  return async (request) => {
    const read = await readEvent(deps, request.body);
    if (!read.ok) return read.outcome;
    const { pdu } = read;
    const hash = encodeBase64(referenceHash(pdu));
    const stored = await guarded(deps, () => deps.verdicts.latest(pdu.eventId));
    if (stored.failed) return stored.outcome;
    if (stored.value !== undefined) return answer(stored.value, hash);
    for (let running = inFlight.get(pdu.eventId); running?.hash === hash; running = inFlight.get(pdu.eventId)) {
      // Others may be waiting for the writer that waits for this answer; the stored verdict is the first in any case.
      if (request.duringReceipt === true) break;
      const shared = await running.outcome;
      // The room's ACL may deny one asker and not the next.
      if (shared.type !== 'deniedByAcl' || running.origin === request.origin) return shared;
    }
    const outcome = judge(deps, { ...request, startedAt: deps.clock.now() }, pdu, hash);
    inFlight.set(pdu.eventId, { hash, origin: request.origin, outcome });
    try {
      return await outcome;
    } finally {
      if (inFlight.get(pdu.eventId)?.outcome === outcome) inFlight.delete(pdu.eventId);
    }
  };
}

type ReadResult = { ok: true; pdu: Pdu } | { ok: false; outcome: SignOutcome };

/** Everything that can be checked about the bytes alone. */
async function readEvent(deps: SignEventDeps, body: JsonObject): Promise<ReadResult> {
  const rules = await rulesFor(deps.rooms, body);
  if ('type' in rules) return { ok: false, outcome: rules };
  const parsed = parsePdu(body, rules);
  if (!parsed.ok) {
    const { type, detail } = parsed.reason;
    return { ok: false, outcome: { type: type === 'too_large' ? 'tooLarge' : 'malformed', detail } };
  }
  switch (checkContentHash(parsed.pdu.raw)) {
    case 'missing':
      return { ok: false, outcome: { type: 'malformed', detail: 'hashes.sha256 is missing' } };
    case 'mismatch':
      return {
        ok: false,
        outcome: { type: 'untrusted', detail: 'The content hash does not match the content of the event.' },
      };
    case 'match':
      break;
  }
  const tooLarge = checkSizeWithSignature(deps, body, parsed.pdu);
  return tooLarge === undefined ? parsed : { ok: false, outcome: tooLarge };
}

async function rulesFor(rooms: RoomDirectory, body: JsonObject): Promise<RoomVersionRules | SignOutcome> {
  if (own(body, 'room_id') === undefined && ownString(body, 'type') === 'm.room.create') {
    const version = ownString(ownObject(body, 'content') ?? {}, 'room_version') ?? '1';
    const rules = roomVersionRules(version);
    return rules ?? { type: 'malformed', detail: `room version ${version.slice(0, 32)} is not known here` };
  }
  const text = ownString(body, 'room_id');
  if (text === undefined) return { type: 'malformed', detail: 'room_id is missing or no string' };
  const roomId = parseRoomId(text);
  if (roomId === undefined) return { type: 'malformed', detail: 'room_id is no room id' };
  return (await rooms.factsOf(roomId))?.rules ?? { type: 'unknownRoom' };
}

function checkSizeWithSignature(deps: SignEventDeps, body: JsonObject, pdu: Pdu): SignOutcome | undefined {
  if (pdu.canonicalBytes < MAX_EVENT_BYTES - SURELY_SMALL_BYTES) return undefined;
  const size = canonicalSize(addSignature(body, deps.serverName, deps.policyKey.keyId, 'A'.repeat(86)));
  if (size <= MAX_EVENT_BYTES) return undefined;
  return {
    type: 'tooLarge',
    detail: `with our signature the event has ${String(size)} bytes, at most 65536 are allowed`,
  };
}

function answer(verdict: LatestDecision, hash: string): SignOutcome {
  // Room versions 1 and 2 let anyone claim an id: the verdict is about the event that was judged, not about its name.
  if (verdict.referenceHash !== hash) {
    return { type: 'untrusted', detail: 'Another event with this id has been judged before.' };
  }
  if (verdict.decision.outcome === 'sign') return { type: 'signed', signature: verdict.decision.signature };
  const { message, harms } = verdict.decision;
  return { type: 'refused', message, harms, reference: verdict.reference };
}

async function judge(deps: SignEventDeps, request: TimedRequest, pdu: Pdu, hash: string): Promise<SignOutcome> {
  const judged = await guarded(deps, async () => {
    const denied = await checkRoom(deps, request, pdu);
    if (denied !== undefined) return denied;
    if (request.duringReceipt !== true) {
      const signatures = await deps.verifier.verify(pdu, { timeoutMs: timeLeft(deps, request, KEYS_TIMEOUT_MS) });
      if (!signatures.ok) return untrusted(signatures.reason);
    }
    const made = await decideWithFreshFacts(deps, request, pdu);
    if (made.type !== 'judged') return made;
    const verdict = verdictOf(deps, request, pdu, hash, made);
    const stored = await deps.verdicts.add(verdict, request.content ?? canonicalText(pdu.raw));
    if (stored === verdict) deps.onVerdict(made.subject, verdict);
    return answer(stored, hash);
  });
  return judged.failed ? judged.outcome : judged.value;
}

function untrusted(reason: { type: 'signature' | 'keysUnavailable'; detail: string }): SignOutcome {
  return reason.type === 'signature'
    ? { type: 'untrusted', detail: reason.detail }
    : { type: 'busy', detail: reason.detail };
}

/** Room known and protected, asker and sender not denied by the room's ACL; `undefined` where all is well. */
async function checkRoom(deps: SignEventDeps, request: TimedRequest, pdu: Pdu): Promise<SignOutcome | undefined> {
  let room = await deps.rooms.factsOf(pdu.roomId);
  if (room === undefined) return { type: 'unknownRoom' };
  if (aboutBot(deps, pdu)) return undefined;
  if (request.duringReceipt === true) return await checkDuringReceipt(deps, room, request, pdu);
  if (room.membership === 'joining') {
    room = (await deps.rooms.whenJoined(pdu.roomId, timeLeft(deps, request, JOIN_TIMEOUT_MS))) ?? room;
  }
  if (room.membership === 'left') return { type: 'unknownRoom' };
  if (!isServed(room, request, pdu) && (await catchUp(deps, request, pdu))) {
    room = (await deps.rooms.factsOf(pdu.roomId)) ?? room;
  }
  if (isServed(room, request, pdu)) return undefined;
  if (room.acl(request.origin) && room.namesUs && (await isHistory(deps, request, pdu))) return undefined;
  if (!room.namesUs) return { type: 'unknownRoom' };
  return { type: 'deniedByAcl', serverName: room.acl(request.origin) ? senderServer(pdu) : request.origin };
}

/** That the room names us is in a state that only its writer sees yet; who is denied is judged by what readers see. */
async function checkDuringReceipt(
  deps: SignEventDeps,
  room: RoomFacts,
  request: TimedRequest,
  pdu: Pdu,
): Promise<SignOutcome | undefined> {
  if (room.acl(senderServer(pdu)) || (await isHistory(deps, request, pdu))) return undefined;
  return { type: 'deniedByAcl', serverName: senderServer(pdu) };
}

function catchUp(deps: SignEventDeps, request: TimedRequest, pdu: Pdu): Promise<boolean> {
  return deps.rooms.catchUp(pdu, request.origin, timeLeft(deps, request, CATCH_UP_TIMEOUT_MS));
}

/** What of the time for one step is left of the time for the whole answer. */
function timeLeft({ clock }: SignEventDeps, { startedAt }: TimedRequest, timeoutMs: number): number {
  return Math.max(0, Math.min(timeoutMs, startedAt + BUDGET_MS - clock.now()));
}

function isHistory(deps: SignEventDeps, request: TimedRequest, pdu: Pdu): Promise<boolean> {
  const timeoutMs = request.duringReceipt === true ? 0 : timeLeft(deps, request, HISTORY_TIMEOUT_MS);
  return deps.rooms.isHistory(pdu, request.origin, timeoutMs);
}

function isServed(room: RoomFacts, request: SignRequest, pdu: Pdu): boolean {
  return room.namesUs && room.acl(request.origin) && room.acl(senderServer(pdu));
}

/** Our own join, leave, kick and ban are signed whatever the room's state is: else we could never get out of it. */
function aboutBot(deps: SignEventDeps, pdu: Pdu): boolean {
  return pdu.type === 'm.room.member' && (pdu.stateKey === deps.botUserId || pdu.sender === deps.botUserId);
}

/** A refusal never rests on stale facts, and history is judged by the checks of `readEvent` and signatures alone. */
async function decideWithFreshFacts(
  deps: SignEventDeps,
  request: TimedRequest,
  pdu: Pdu,
): Promise<Judged | SignOutcome> {
  const event = new EventReading(pdu);
  const patience = request.duringReceipt === true ? ANSWERS_TIMEOUT_DURING_RECEIPT_MS : ANSWERS_TIMEOUT_MS;
  const attempt = async (): Promise<Judged | SignOutcome> => {
    const timeoutMs = timeLeft(deps, request, patience);
    const judged = await judgeEvent(deps, event, timeoutMs);
    if (judged.type === 'judged') return judged;
    return judged.type === 'busy' ? { type: 'busy', detail: judged.detail } : { type: 'unknownRoom' };
  };
  const first = await attempt();
  if (first.type !== 'judged' || first.decision.outcome === 'sign') return first;
  if (await isHistory(deps, request, pdu)) {
    const { evidence } = first.decision;
    return { ...first, decision: { outcome: 'sign', decidedBy: 'history', evidence, flags: [], shadow: [] } };
  }
  if (request.duringReceipt === true) return first;
  return (await catchUp(deps, request, pdu)) ? await attempt() : first;
}

function verdictOf(deps: SignEventDeps, request: TimedRequest, pdu: Pdu, hash: string, judged: Judged): Verdict {
  const { decision } = judged;
  return {
    eventId: pdu.eventId,
    referenceHash: hash,
    revision: 1,
    roomId: pdu.roomId,
    roomVersion: pdu.rules.version,
    sender: pdu.sender,
    type: pdu.type,
    reference: referenceOf(pdu.eventId),
    decision:
      decision.outcome === 'sign'
        ? {
            outcome: 'sign',
            signature: signText(deps.policyKey, signableText(pdu)),
            publicKey: deps.policyKey.publicKeyText,
          }
        : { outcome: 'refuse', message: decision.message, harms: decision.harms },
    decidedBy: decision.decidedBy,
    evidence: decision.evidence,
    flags: decision.flags,
    shadow: decision.shadow,
    facts: judged.facts,
    configuration: judged.fingerprint,
    askedBy: request.origin,
    decidedAt: judged.subject.now,
    tookMs: deps.clock.now() - request.startedAt,
  };
}

type Guarded<T> = { failed: false; value: T } | { failed: true; outcome: SignOutcome };

/** A failure of the machine is no verdict: it is reported, not stored, and the sender may try again. */
async function guarded<T>(deps: SignEventDeps, work: () => Promise<T>): Promise<Guarded<T>> {
  try {
    return { failed: false, value: await work() };
  } catch (error) {
    deps.onFailure(error);
    return { failed: true, outcome: { type: 'busy', detail: 'internal failure' } };
  }
}

/** The id of an event, as its room's version has it; `undefined` where the room is unknown or the event malformed. */
export async function identifyEvent(rooms: RoomDirectory, body: JsonObject): Promise<EventId | undefined> {
  const rules = await rulesFor(rooms, body);
  if ('type' in rules) return undefined;
  const parsed = parsePdu(body, rules);
  return parsed.ok ? parsed.pdu.eventId : undefined;
}
