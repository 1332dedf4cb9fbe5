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
import { fillGap, mayAsk, type GapBudget, type GapInput } from './gaps.ts';
import { receive, type ReceiptInput, type ReceivedEvent } from './receipt.ts';

export interface IntakeDeps {
  readonly room: Room;
  readonly events: GapInput['events'];
  readonly extremities: GapInput['extremities'];
  readonly change: GapInput['change'];
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

type Results = Map<EventId, ReceivedEvent>;

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
    const results: Results = new Map();
    const early = await this.#deps.change(async (input) => await receivePlaced(input, pdus, from, results));
    if (early.length > 0) await this.#inTurn(from, async () => await this.#receiveLate(early, from, budget, results));
    return [...refused, ...pdus.flatMap((pdu) => results.get(pdu.eventId) ?? [])];
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
  async #receiveLate(early: readonly Pdu[], from: ServerName, budget: GapBudget, results: Results): Promise<void> {
    const gap = this.#gap(from, budget);
    for (let rest = early; rest.length > 0;) {
      const [next] = rest;
      if (next !== undefined && mayAsk(gap)) await fillGap(gap, next);
      const isLast = (pdu: Pdu): boolean => pdu === next || !mayAsk(gap);
      rest = await gap.change(async (input) => await receivePlaced(input, rest, from, results, isLast));
    }
  }

  /** Fetches what lies before an event that is itself not taken in. */
  async catchUp(pdu: Pdu, from: ServerName, timeoutMs: number): Promise<void> {
    const { room, events, verifier, requests, clock, change } = this.#deps;
    const gap = this.#gap(from, { deadline: clock.now() + timeoutMs, events: GAP_EVENTS });
    const known = await events.many(pdu.prevEvents);
    for (const eventId of pdu.prevEvents.filter((id) => known.get(id)?.record.stateAfter === undefined)) {
      const answer = await requests.event(from, eventId, Math.max(1, gap.budget.deadline - clock.now()));
      if (!answer.ok) continue;
      const [checked] = await checkEvents([answer.value], room.rules, verifier, { timeoutMs });
      if (checked?.ok !== true || checked.pdu.roomId !== room.roomId) continue;
      const { outcome } = await change(async (input) => await receive(input, checked.pdu, from));
      if (outcome !== 'missingAuth' && outcome !== 'missingState') continue;
      await fillGap(gap, checked.pdu);
      await change(async (input) => await receive(input, checked.pdu, from));
    }
  }

  #gap(from: ServerName, budget: GapBudget): GapInput {
    const { room, events, extremities, change, verifier, requests, clock } = this.#deps;
    const { roomId, rules } = room;
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
  results: Results,
  isLast: (pdu: Pdu) => boolean = () => false,
): Promise<readonly Pdu[]> {
  const left: Pdu[] = [];
  const because = 'the state before it could not be had: judged by the current state';
  for (const pdu of pdus) {
    let result = await receive(input, pdu, from);
    if (result.outcome === 'missingState' && isLast(pdu)) {
      result = await receive(input, pdu, from, { state: input.heads.currentState, because });
    }
    const isOpen = result.outcome === 'missingAuth' || result.outcome === 'missingState';
    if (isOpen && !isLast(pdu)) left.push(pdu);
    else results.set(pdu.eventId, result);
  }
  return left;
}
