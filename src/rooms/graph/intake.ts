/**
 * Events that another server sends: what can be placed in the graph is taken in at once, what lies before the rest is
 * fetched first. Servers are waited for outside the room's changes, so that none of them holds up the others' events.
 */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { Clock } from '../../telemetry/clock.ts';
import { checkEvents, type CheckedEvent } from '../checked-events.ts';
import type { EventVerifier } from '../ports.ts';
import type { RoomRequests } from '../requests.ts';
import type { Room } from '../room.ts';
import { previousFirst } from './event-order.ts';
import { fillGap, mayAsk, receiveAsking, type GapBudget, type GapInput } from './gaps.ts';
import { receive, type ReceiptInput, type ReceivedEvent } from './receipt.ts';

export interface IntakeDeps {
  readonly room: Room;
  readonly events: GapInput['events'];
  readonly extremities: GapInput['extremities'];
  /** `batch`: see `RoomInChange`. */
  readonly change: <T>(work: (input: ReceiptInput) => Promise<T>, batch: object) => Promise<T>;
  readonly verifier: EventVerifier;
  readonly requests: RoomRequests;
  readonly clock: Clock;
}

/** An event that came in and is not of the graph: malformed, badly signed, of another room, or without a known past. */
export interface RefusedEvent {
  readonly eventId: EventId | undefined;
  readonly outcome: 'dropped';
  readonly reason: string;
}

export type IntakeResult = ReceivedEvent | RefusedEvent;

/** One batch: what has come of its events, and whom to ask about those that are open. */
class Batch {
  readonly results = new Map<EventId, ReceivedEvent>();
  readonly asks = new Map<EventId, () => Promise<void>>();
  readonly asked = new Set<EventId>();
}

const VERIFY_TIMEOUT_MS = 15_000;
/** Of one batch, the time included in which others of its origin are worked on. */
const GAP_TIME_MS = 20_000;
const GAP_EVENTS = 1_000;

export class Intake {
  readonly #deps: IntakeDeps;
  /** The gaps of one origin are filled one after another. */
  readonly #turns = new Map<ServerName, Promise<unknown>>();

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  /** Checks 1–7, in the order in which the events cite one another. */
  async receive(raws: readonly JsonValue[], from: ServerName): Promise<readonly IntakeResult[]> {
    const { room, verifier, clock } = this.#deps;
    const checked = await checkEvents(raws, room.rules, verifier, { timeoutMs: VERIFY_TIMEOUT_MS });
    const budget = { deadline: clock.now() + GAP_TIME_MS, events: GAP_EVENTS };
    const { pdus, refused } = this.#sorted(checked);
    const batch = new Batch();
    const late = await this.#deps.change(async (input) => await receivePlaced(input, pdus, from, batch), batch);
    if (late.length > 0) await this.#inTurn(from, async () => await this.#receiveLate(late, from, budget, batch));
    return [...refused, ...pdus.flatMap((pdu) => batch.results.get(pdu.eventId) ?? [])];
  }

  #sorted(checked: readonly CheckedEvent[]): { pdus: readonly Pdu[]; refused: readonly RefusedEvent[] } {
    const pdus: Pdu[] = [];
    const refused: RefusedEvent[] = [];
    for (const event of checked) {
      if (!event.ok) refused.push({ eventId: event.pdu?.eventId, outcome: 'dropped', reason: event.detail });
      else if (event.pdu.roomId === this.#deps.room.roomId) pdus.push(event.pdu);
      else refused.push({ eventId: event.pdu.eventId, outcome: 'dropped', reason: 'it belongs to another room' });
    }
    return { pdus: previousFirst(pdus), refused };
  }

  async #inTurn(from: ServerName, work: () => Promise<void>): Promise<void> {
    const done = (this.#turns.get(from) ?? Promise.resolve()).then(work, work);
    this.#turns.set(from, done);
    try {
      await done;
    } finally {
      if (this.#turns.get(from) === done) this.#turns.delete(from);
    }
  }

  /** A room whose history cannot be had goes on with what is known, and says so. */
  async #receiveLate(late: readonly Pdu[], from: ServerName, budget: GapBudget, batch: Batch): Promise<void> {
    const gap = this.#gap(from, budget, batch);
    for (let rest = late; rest.length > 0;) {
      const [next] = rest;
      if (next !== undefined) await this.#open(next, gap, batch);
      const isLast = (pdu: Pdu): boolean => pdu === next || !mayAsk(gap);
      rest = await gap.change(async (input) => await receivePlaced(input, rest, from, batch, isLast));
    }
  }

  /** Finds out what an event lacks to be taken in. */
  async #open(pdu: Pdu, gap: GapInput, { asks, asked }: Batch): Promise<void> {
    const ask = asks.get(pdu.eventId);
    if (ask !== undefined) {
      asked.add(pdu.eventId);
      await ask();
    } else if (mayAsk(gap)) await fillGap(gap, pdu);
  }

  /** Fetches what lies before an event that is itself not taken in. */
  async catchUp(pdu: Pdu, from: ServerName, timeoutMs: number): Promise<void> {
    const { room, events, verifier, requests, clock } = this.#deps;
    const gap = this.#gap(from, { deadline: clock.now() + timeoutMs, events: GAP_EVENTS }, new Batch());
    const known = await events.many(pdu.prevEvents);
    for (const eventId of pdu.prevEvents.filter((id) => known.get(id)?.record.stateAfter === undefined)) {
      const answer = await requests.event(from, eventId, Math.max(1, gap.budget.deadline - clock.now()));
      if (!answer.ok) continue;
      const [checked] = await checkEvents([answer.value], room.rules, verifier, { timeoutMs });
      if (checked?.ok !== true || checked.pdu.roomId !== room.roomId) continue;
      const { outcome } = await receiveAsking(gap, checked.pdu);
      if (outcome !== 'missingAuth' && outcome !== 'missingState') continue;
      await fillGap(gap, checked.pdu);
      await receiveAsking(gap, checked.pdu);
    }
  }

  #gap(from: ServerName, budget: GapBudget, batch: Batch): GapInput {
    const { room, events, extremities, verifier, requests, clock } = this.#deps;
    const { roomId, rules } = room;
    const change: GapInput['change'] = async (work) => await this.#deps.change(work, batch);
    return { roomId, rules, from, events, extremities, change, verifier, requests, budget, now: () => clock.now() };
  }
}

/**
 * Takes in those that have a place, and of those that `isLast` is true of the rest too: for these there will be no other
 * time. Returns those that are left.
 */
async function receivePlaced(
  input: ReceiptInput,
  pdus: readonly Pdu[],
  from: ServerName,
  { results, asks, asked }: Batch,
  isLast: (pdu: Pdu) => boolean = () => false,
): Promise<readonly Pdu[]> {
  const left: Pdu[] = [];
  const because = 'the state before it could not be had: judged by the current state';
  for (const pdu of pdus) {
    let result = await receive(input, pdu, from);
    if (result.outcome === 'missingState' && isLast(pdu)) {
      result = await receive(input, pdu, from, { state: input.heads.currentState, because });
    }
    const { eventId, outcome, ask } = result;
    const isUnplaced = outcome === 'missingAuth' || outcome === 'missingState';
    // Once asked about, an event is open again only where the room has another policy server since.
    const isUnasked = ask !== undefined && !asked.has(eventId);
    if (isUnasked) asks.set(eventId, ask);
    if ((isUnplaced && !isLast(pdu)) || isUnasked) left.push(pdu);
    else results.set(eventId, result);
  }
  return left;
}
