/**
 * One room's event graph: its only writer. Events come in by `receive`, everything that a batch changes is stored at once,
 * and only then seen by readers, who never wait.
 */
import { releaseText, type Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { parseUserId, serverNameOf } from '../../protocol/ids/user-id.ts';
import { ownString, type JsonValue } from '../../protocol/json.ts';
import type { Clock } from '../../telemetry/clock.ts';
import { checkEvents, type CheckedEvent } from '../checked-events.ts';
import type { EventVerifier, RoomRecord } from '../ports.ts';
import type { RoomRequests } from '../requests.ts';
import type { Identity } from '../identity.ts';
import type { Room, RoomView } from '../room.ts';
import { draftEvent, signDraft, type EventDraft } from '../sending/build-event.ts';
import { previousFirst } from './event-order.ts';
import { fillGap, type GapBudget } from './gaps.ts';
import { GraphEvents, type EventCache, type KnownEvent } from './graph-events.ts';
import type { GraphStore, StateId } from './ports.ts';
import { newEvent, receive, type PolicyCheck, type ReceiptInput, type ReceivedEvent } from './receipt.ts';
import { withoutRedacted } from './redactions.ts';
import { RoomStates } from './room-states.ts';
import { EMPTY_STATE, type StateTrees } from './state-trees.ts';

export interface RoomGraphDeps {
  readonly identity: Identity;
  readonly graph: GraphStore;
  readonly trees: StateTrees;
  /** Shared by all rooms, as `trees` is. */
  readonly cache: EventCache;
  readonly verifier: EventVerifier;
  readonly requests: RoomRequests;
  readonly clock: Clock;
  readonly policyCheck: (room: RoomGraph) => PolicyCheck;
  /** Told after a change is stored, with the events that it brought. */
  readonly onChange: (change: { graph: RoomGraph; events: readonly KnownEvent[]; before: RoomView }) => Promise<void>;
  /** Told of the servers for which a change has put events into the outbox. */
  readonly onOutgoing?: ((destinations: readonly ServerName[]) => void) | undefined;
}

/** An event that came in and is not of the graph: malformed, badly signed, of another room, or without a known past. */
export interface RefusedEvent {
  readonly eventId: EventId | undefined;
  readonly outcome: 'dropped';
  readonly reason: string;
}

export type IntakeResult = ReceivedEvent | RefusedEvent;

export type SubmitResult =
  | { ok: true; known: KnownEvent; stateBefore: StateId }
  /** `policyReason`: the words of the policy server that refused it, for the sender. */
  | { ok: false; outcome: IntakeResult['outcome']; reason: string; policyReason?: string };

/** An event that a join brought, judged by its auth events (check 4); `rejection` where it failed. */
export interface JudgedEvent {
  readonly pdu: Pdu;
  readonly rejection?: string;
}

/** What a join brought: the state before it, everything that the state rests on, and the join itself. */
export interface StartOfRoom {
  readonly state: readonly Pdu[];
  /** Those of the state among them, each after the auth events that it cites. */
  readonly authChain: readonly JudgedEvent[];
  readonly join: Pdu;
}

/** What a change works on; events put into `outgoing` are sent to the servers in the room. */
export interface ChangeInput extends ReceiptInput {
  readonly outgoing: Set<EventId>;
}

const VERIFY_TIMEOUT_MS = 15_000;
const GAP_TIME_MS = 20_000;
const GAP_EVENTS = 1_000;

export class RoomGraph {
  readonly room: Room;
  readonly events: GraphEvents;
  readonly states: RoomStates;
  readonly #deps: RoomGraphDeps;
  #extremities: ReadonlyMap<EventId, StateId> = new Map();
  #currentState: StateId = EMPTY_STATE;
  #loading: Promise<void> | undefined;

  constructor(room: Room, deps: RoomGraphDeps) {
    this.room = room;
    this.#deps = deps;
    this.events = new GraphEvents(deps.graph, room.roomId, room.rules, deps.cache);
    this.states = new RoomStates(deps.trees, this.events, room.rules);
  }

  /** Forward extremities: the events that a new one cites. */
  get extremities(): readonly EventId[] {
    return [...this.#extremities.keys()];
  }

  get currentState(): StateId {
    return this.#currentState;
  }

  /** Reads heads and current state from storage, once. */
  async load(): Promise<void> {
    this.#loading ??= this.#read().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    await this.#loading;
  }

  async #read(): Promise<void> {
    const heads = await this.#deps.graph.heads(this.room.roomId);
    if (heads === undefined) {
      this.events.beginEmpty();
      return;
    }
    const known = await this.events.many(heads.extremities);
    this.#extremities = new Map(
      heads.extremities.map((eventId) => [eventId, known.get(eventId)?.record.stateAfter ?? heads.currentState]),
    );
    await this.#show(heads.currentState);
  }

  /** Lets readers see a state: only what differs is looked at. */
  async #show(state: StateId, added: readonly KnownEvent[] = []): Promise<void> {
    const changes = await this.states.difference(this.#currentState, state);
    const fresh = new Map(added.map((known) => [known.pdu.eventId, known]));
    // Of most of them the room keeps little: a whole state must not fill the cache of events.
    const events = await this.events.glance(
      changes.flatMap(({ after }) => (after === undefined || fresh.has(after) ? [] : [after])),
    );
    for (const { type, stateKey, after } of changes) {
      const known = after === undefined ? undefined : (fresh.get(after) ?? events.get(after));
      if (known === undefined) this.room.removeState(type, stateKey);
      else this.room.putState(withoutRedacted(known), stateKey);
    }
    this.#currentState = state;
  }

  /** Of state that was redacted readers see what is left of it. */
  async #showRedacted(targets: Iterable<EventId>): Promise<void> {
    for (const known of (await this.events.many(targets)).values()) {
      const { pdu } = known;
      const isCurrent = this.room.currentOf(pdu.type, pdu.stateKey ?? '')?.eventId === pdu.eventId;
      if (pdu.stateKey !== undefined && isCurrent) this.room.putState(withoutRedacted(known));
    }
  }

  /** A batch from another server: checks 1–7, in order of depth, gaps filled first. */
  async receive(raws: readonly JsonValue[], from: ServerName): Promise<readonly IntakeResult[]> {
    const checked = await checkEvents(raws, this.room.rules, this.#deps.verifier, { timeoutMs: VERIFY_TIMEOUT_MS });
    return await this.change(async (input) => {
      const results: IntakeResult[] = [];
      const budget = { deadline: this.#deps.clock.now() + GAP_TIME_MS, events: GAP_EVENTS };
      for (const event of this.#inOrder(checked, results)) {
        results.push(await this.#receiveOne(input, event, from, budget));
      }
      return results;
    });
  }

  #inOrder(checked: readonly CheckedEvent[], results: IntakeResult[]): readonly Pdu[] {
    const pdus: Pdu[] = [];
    for (const event of checked) {
      if (!event.ok) results.push({ eventId: event.pdu?.eventId, outcome: 'dropped', reason: event.detail });
      else if (event.pdu.roomId === this.room.roomId) pdus.push(event.pdu);
      else results.push({ eventId: event.pdu.eventId, outcome: 'dropped', reason: 'it belongs to another room' });
    }
    return previousFirst(pdus);
  }

  async #receiveOne(input: ReceiptInput, pdu: Pdu, from: ServerName, budget: GapBudget): Promise<IntakeResult> {
    const first = await receive(input, pdu, from);
    if (first.outcome !== 'missingAuth' && first.outcome !== 'missingState') return first;
    const { verifier, requests, clock } = this.#deps;
    const { roomId, rules } = this.room;
    await fillGap({ roomId, rules, from, receipt: input, verifier, requests, budget, now: () => clock.now() }, pdu);
    const second = await receive(input, pdu, from);
    if (second.outcome !== 'missingState') return second;
    // A room whose history cannot be had goes on with what is known, and says so.
    const because = 'the state before it could not be had: judged by the current state';
    return await receive(input, pdu, from, { state: input.heads.currentState, because });
  }

  /** Fetches what lies before an event that is itself not taken in. */
  async catchUp(pdu: Pdu, from: ServerName, timeoutMs: number): Promise<void> {
    await this.change(async (input) => {
      const { verifier, requests, clock } = this.#deps;
      const { roomId, rules } = this.room;
      const budget = { deadline: clock.now() + timeoutMs, events: GAP_EVENTS };
      const gap = { roomId, rules, from, receipt: input, verifier, requests, budget, now: () => clock.now() };
      const known = await this.events.many(pdu.prevEvents);
      for (const eventId of pdu.prevEvents.filter((id) => known.get(id)?.record.stateAfter === undefined)) {
        const answer = await requests.event(from, eventId, Math.max(1, budget.deadline - clock.now()));
        if (!answer.ok) continue;
        const [checked] = await checkEvents([answer.value], rules, verifier, { timeoutMs });
        if (checked?.ok !== true || checked.pdu.roomId !== roomId) continue;
        const first = await receive(input, checked.pdu, from);
        if (first.outcome !== 'missingAuth' && first.outcome !== 'missingState') continue;
        await fillGap(gap, checked.pdu);
        await receive(input, checked.pdu, from);
      }
    });
  }

  /** An event of ours: built on the current extremities, checked, signed by the policy server, stored, sent to all. */
  async send(draft: EventDraft): Promise<SubmitResult> {
    const { identity, clock } = this.#deps;
    return await this.change(async (input) => {
      const unsigned = await draftEvent(input, this.room, draft, clock.now());
      return await this.#submit(input, signDraft(identity, this.room.rules, unsigned), identity.serverName);
    });
  }

  /**
   * An event that another server hands in through us (`send_join`, `send_leave`, `send_knock`, an invite of ours that it
   * has signed): refused unless it is accepted, and then sent to all servers in the room.
   */
  async submit(pdu: Pdu, from: ServerName): Promise<SubmitResult> {
    return await this.change(async (input) => await this.#submit(input, pdu, from));
  }

  async #submit(input: ChangeInput, pdu: Pdu, from: ServerName): Promise<SubmitResult> {
    const before = input.heads.currentState;
    // Made on our template, so that nothing it cites is unknown here: no stranger makes the room wait for what it cites.
    const result = await receive(input, pdu, from);
    const known = await this.events.get(pdu.eventId);
    const taken = result.outcome === 'accepted' || (result.outcome === 'known' && known?.record.status === 'accepted');
    if (!taken || known === undefined) {
      // Nobody shall see what was refused.
      this.events.drop(pdu.eventId);
      const { outcome, reason = 'it was refused before', policyReason } = result;
      return { ok: false, outcome, reason, ...(policyReason === undefined ? {} : { policyReason }) };
    }
    if (result.outcome === 'accepted') input.outgoing.add(pdu.eventId);
    return { ok: true, known, stateBefore: known.record.stateBefore ?? before };
  }

  /** The room as `send_join` gives it: its state as outliers, our join as the only extremity. */
  async start(record: RoomRecord, joined: StartOfRoom, from: ServerName): Promise<void> {
    await this.load();
    await this.room.exclusive(async () => {
      const input = this.#input();
      const { join } = joined;
      try {
        await takeAll(input, joined.authChain, from);
        const stateBefore = this.states.build(joined.state);
        const stateAfter = await this.states.withEvent(stateBefore, join);
        this.events.add({
          pdu: join,
          record: { ...newEvent(join, 'accepted', from, input.receivedAt), stateBefore, stateAfter },
        });
        input.heads.extremities.clear();
        input.heads.extremities.set(join.eventId, stateAfter);
        input.heads.currentState = stateAfter;
        await this.#store(input, record);
      } catch (error) {
        this.#undo();
        throw error;
      }
    });
  }

  /** Runs one change after another. What it adds is stored at once, with the record, or not at all; then readers see it. */
  async change<T>(work: (input: ChangeInput) => Promise<T>, record?: RoomRecord): Promise<T> {
    await this.load();
    return await this.room.exclusive(async () => {
      const input = this.#input();
      try {
        const result = await work(input);
        await this.#store(input, record);
        return result;
      } catch (error) {
        this.#undo();
        throw error;
      }
    });
  }

  /** Servers with joined users before the change, and those that its membership events are about. */
  #destinations(added: readonly KnownEvent[]): readonly ServerName[] {
    const servers = new Set(this.room.joinedServers().keys());
    for (const { pdu } of added) {
      const userId = pdu.type === 'm.room.member' ? parseUserId(pdu.stateKey ?? '') : undefined;
      const membership = ownString(pdu.content, 'membership');
      if (userId !== undefined && membership !== 'invite' && membership !== 'knock') servers.add(serverNameOf(userId));
    }
    servers.delete(this.#deps.identity.serverName);
    return [...servers];
  }

  /** What a failed change has added never was. */
  #undo(): void {
    this.states.invalidate(this.events.pending().map((known) => known.pdu.eventId));
    this.events.forget();
  }

  #input(): ChangeInput {
    return {
      outgoing: new Set(),
      events: this.events,
      states: this.states,
      heads: { extremities: new Map(this.#extremities), currentState: this.#currentState },
      redactions: new Map(),
      emptyState: EMPTY_STATE,
      policyCheck: this.#deps.policyCheck(this),
      receivedAt: this.#deps.clock.now(),
    };
  }

  async #store(input: ChangeInput, record?: RoomRecord): Promise<void> {
    const added = this.events.pending();
    const { heads, redactions } = input;
    if (added.length === 0 && record === undefined) return;
    const destinations = input.outgoing.size === 0 ? [] : this.#destinations(added);
    const stateNodes = this.states.newNodes();
    await this.#deps.graph.append({
      roomId: this.room.roomId,
      events: added.map(({ pdu, record: event }) => ({ ...event, text: releaseText(pdu) })),
      stateNodes,
      heads: { extremities: [...heads.extremities.keys()], currentState: heads.currentState },
      redactions,
      destinations,
      outgoing: [...input.outgoing],
      ...(record === undefined ? {} : { record }),
    });
    this.events.settle();
    this.states.settle(stateNodes);
    for (const target of redactions.keys()) this.events.evict(target);
    this.#extremities = heads.extremities;
    if (record !== undefined) this.room.setRecord(record);
    const before = this.room.view();
    await this.#show(heads.currentState, added);
    await this.#showRedacted(redactions.keys());
    if (destinations.length > 0) this.#deps.onOutgoing?.(destinations);
    await this.#deps.onChange({ graph: this, events: added, before });
  }
}

/** As outliers; what is known already stays as it is. */
async function takeAll(input: ReceiptInput, judged: readonly JudgedEvent[], from: ServerName): Promise<void> {
  const known = await input.events.many(judged.map(({ pdu }) => pdu.eventId));
  for (const { pdu, rejection } of judged) {
    if (known.has(pdu.eventId)) continue;
    const record = newEvent(pdu, 'outlier', from, input.receivedAt);
    const failed = rejection === undefined ? {} : { isRejected: true, reason: rejection };
    input.events.add({ pdu, record: { ...record, ...failed } });
  }
}
