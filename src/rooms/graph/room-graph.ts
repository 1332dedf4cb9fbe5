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
import type { EventVerifier, RoomRecord } from '../ports.ts';
import type { RoomRequests } from '../requests.ts';
import type { Identity } from '../identity.ts';
import type { Room, RoomView } from '../room.ts';
import { draftEvent, signDraft, type EventDraft } from '../sending/build-event.ts';
import { ChangeEvents } from './change-events.ts';
import { ChangeStates } from './change-states.ts';
import { GraphEvents, type EventCache, type KnownEvent } from './graph-events.ts';
import { Intake, type IntakeResult } from './intake.ts';
import type { GraphStore, StateId } from './ports.ts';
import { newEvent, noteCited, receive, type PolicyCheck, type ReceiptInput, type RoomInChange } from './receipt.ts';
import { Resolutions } from './resolutions.ts';
import { RoomStates } from './room-states.ts';
import { show, shownChanges, stateChanges } from './shown-state.ts';
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
  readonly policyCheck: (room: RoomInChange) => PolicyCheck;
  /** Told after a change is stored; told again, after a later one, where it fails. */
  readonly onChange: (change: ChangeNotice) => Promise<void>;
  /** Told of a failure of `onChange`. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
  /** Told of the servers for which a change has put events into the outbox. */
  readonly onOutgoing?: ((destinations: readonly ServerName[]) => void) | undefined;
}

/** A change that is stored, with the events that it brought. */
export interface ChangeNotice {
  readonly graph: RoomGraph;
  readonly events: readonly KnownEvent[];
  readonly before: RoomView;
}

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

const MAX_UNTOLD = 100;

export class RoomGraph {
  readonly room: Room;
  readonly events: GraphEvents;
  readonly states: RoomStates;
  readonly #deps: RoomGraphDeps;
  #extremities: ReadonlyMap<EventId, StateId> = new Map();
  #currentState: StateId = EMPTY_STATE;
  #loading: Promise<void> | undefined;
  readonly #resolutions: Resolutions;
  readonly #intake: Intake;
  #untold: readonly ChangeNotice[] = [];

  constructor(room: Room, deps: RoomGraphDeps) {
    this.room = room;
    this.#deps = deps;
    this.events = new GraphEvents(deps.graph, room.roomId, room.rules, deps.cache);
    this.states = new RoomStates(deps.trees, this.events, room.rules);
    this.#resolutions = new Resolutions(room.rules);
    this.#intake = new Intake({
      ...{ room, events: this.events, verifier: deps.verifier, requests: deps.requests, clock: deps.clock },
      extremities: () => this.extremities,
      change: async (work, batch) => await this.change(work, undefined, batch),
    });
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
    // Of most of these events the room keeps little.
    const current = { currentState: heads.currentState, states: this.states, events: this.events.uncached() };
    for (const change of await stateChanges(current, EMPTY_STATE)) show(this.room, change);
    this.#currentState = heads.currentState;
  }

  /** A batch from another server: checks 1–7, gaps filled first. */
  async receive(raws: readonly JsonValue[], from: ServerName): Promise<readonly IntakeResult[]> {
    return await this.#intake.receive(raws, from);
  }

  /** Fetches what lies before an event that is itself not taken in. */
  async catchUp(pdu: Pdu, from: ServerName, timeoutMs: number): Promise<void> {
    await this.#intake.catchUp(pdu, from, timeoutMs);
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
    const known = await input.events.get(pdu.eventId);
    const taken = result.outcome === 'accepted' || (result.outcome === 'known' && known?.record.status === 'accepted');
    if (!taken || known === undefined) {
      // Nobody shall see what was refused.
      input.events.drop(pdu.eventId);
      const { outcome, reason = 'it was refused before', policyReason } = result;
      return { ok: false, outcome, reason, ...(policyReason === undefined ? {} : { policyReason }) };
    }
    if (result.outcome === 'accepted') input.outgoing.add(pdu.eventId);
    return { ok: true, known, stateBefore: known.record.stateBefore ?? before };
  }

  /** The room as `send_join` gives it: its state as outliers, our join as the only extremity. */
  async start(record: RoomRecord, joined: StartOfRoom, from: ServerName): Promise<void> {
    await this.change(async (input) => {
      const { join } = joined;
      await takeJudged(input, joined.authChain, from);
      const stateBefore = input.states.build(joined.state);
      const stateAfter = await input.states.withEvent(stateBefore, join);
      const joinRecord = { ...newEvent(join, 'accepted', from, input.receivedAt), stateBefore, stateAfter };
      await input.events.add({ pdu: join, record: joinRecord }, await input.events.get(join.eventId));
      await noteCited(input, join);
      input.heads.extremities.clear();
      input.heads.extremities.set(join.eventId, stateAfter);
      input.heads.currentState = stateAfter;
    }, record);
  }

  /** Runs one change after another. What it adds is stored at once, with the record, or not at all; then readers see it. */
  async change<T>(work: (input: ChangeInput) => Promise<T>, record?: RoomRecord, batch?: object): Promise<T> {
    await this.load();
    return await this.room.exclusive(async () => {
      const input = this.#input(batch);
      try {
        const result = await work(input);
        await this.#store(input, record);
        return result;
      } catch (error) {
        input.states.discard();
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

  #input(batch: object | undefined): ChangeInput {
    const { trees, policyCheck, clock } = this.#deps;
    const { room } = this;
    const currentState = this.#currentState;
    const events = new ChangeEvents(this.events);
    const states = new ChangeStates(trees, events, room.rules, this.#resolutions);
    return {
      outgoing: new Set(),
      events,
      states,
      heads: { extremities: new Map(this.#extremities), currentState },
      emptyState: EMPTY_STATE,
      policyCheck: policyCheck({ room, states, events, currentState, batch }),
      receivedAt: clock.now(),
    };
  }

  async #store(input: ChangeInput, record?: RoomRecord): Promise<void> {
    const { heads, events, states } = input;
    const added = events.added();
    if (added.length === 0 && record === undefined) return;
    const destinations = input.outgoing.size === 0 ? [] : this.#destinations(added);
    const stateNodes = states.newNodes();
    const shown = await shownChanges(input, this.#currentState);
    const { redactions, redactionsAhead, citedAhead } = events;
    await this.#deps.graph.append({
      roomId: this.room.roomId,
      events: added.map(({ pdu, record: event }) => ({ ...event, text: releaseText(pdu) })),
      stateNodes,
      heads: { extremities: [...heads.extremities.keys()], currentState: heads.currentState },
      ...{ redactions, redactionsAhead, citedAhead, destinations },
      outgoing: [...input.outgoing],
      ...(record === undefined ? {} : { record }),
    });
    // What is stored is seen: from here to the end nothing waits, and nothing can fail.
    states.settle(stateNodes);
    for (const target of redactions.keys()) this.events.evict(target);
    this.events.settle(added);
    this.#extremities = heads.extremities;
    this.#currentState = heads.currentState;
    if (record !== undefined) this.room.setRecord(record);
    const before = this.room.view();
    for (const change of shown) show(this.room, change);
    if (destinations.length > 0) this.#deps.onOutgoing?.(destinations);
    await this.#tell({ graph: this, events: added, before });
  }

  /** Who cannot be told now is told after the next change: the event is stored, whatever comes of it. */
  async #tell(notice: ChangeNotice): Promise<void> {
    this.#untold = [...this.#untold, notice].slice(-MAX_UNTOLD);
    try {
      for (let next = this.#untold[0]; next !== undefined; next = this.#untold[0]) {
        await this.#deps.onChange(next);
        this.#untold = this.#untold.slice(1);
      }
    } catch (error) {
      this.#deps.onFailure?.(error);
    }
  }
}

/** As outliers; what is known already stays as it is. */
async function takeJudged(input: ReceiptInput, judged: readonly JudgedEvent[], from: ServerName): Promise<void> {
  const ids = judged.map(({ pdu }) => pdu.eventId);
  const known = await input.events.many(ids);
  await input.events.lookAhead(ids);
  for (const { pdu, rejection } of judged) {
    if (known.has(pdu.eventId)) continue;
    const record = newEvent(pdu, 'outlier', from, input.receivedAt);
    const failed = rejection === undefined ? {} : { isRejected: true, reason: rejection };
    await input.events.add({ pdu, record: { ...record, ...failed } }, undefined);
  }
}
