/** All rooms of this server: loaded at start, found by id, changed by one writer each. */
import { isState, type Pdu } from '../protocol/events.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { ownString } from '../protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../protocol/room-versions.ts';
import type { Clock } from '../telemetry/clock.ts';
import { createEventCache } from './graph/graph-events.ts';
import type { GraphStore } from './graph/ports.ts';
import type { PolicyCheck, RoomInChange } from './graph/receipt.ts';
import { RoomGraph, type ChangeInput, type ChangeNotice } from './graph/room-graph.ts';
import { StateTrees } from './graph/state-trees.ts';
import { extendHistory, wasStateBeforeJoin } from './history.ts';
import type { Identity } from './identity.ts';
import type { EventVerifier, RoomRecord, RoomStore } from './ports.ts';
import type { RoomRequests } from './requests.ts';
import { Room, type RoomView } from './room.ts';

export interface RegistryDeps {
  readonly identity: Identity;
  readonly store: RoomStore;
  readonly graph: GraphStore;
  readonly verifier: EventVerifier;
  readonly requests: RoomRequests;
  readonly clock: Clock;
  readonly policyCheck: (room: RoomInChange) => PolicyCheck;
  /** Told of the servers for which events wait in the outbox now. */
  readonly onOutgoing?: ((destinations: readonly ServerName[]) => void) | undefined;
  /** Told that events have been stored. */
  readonly onStored?: (() => void) | undefined;
  /** Told of failures after a change was stored; what they kept from being done is tried again after the next. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** After a catch-up that brought nothing, the room does not ask the same server again for so long. */
const CATCH_UP_PAUSE_MS = 30_000;
const MAX_SERVERS_TO_ASK = 3;

export class RoomRegistry {
  readonly #deps: RegistryDeps;
  readonly #trees: StateTrees;
  readonly #cache = createEventCache();
  readonly #rooms = new Map<RoomId, RoomGraph>();
  readonly #joins = new Map<RoomId, Promise<unknown>>();
  readonly #catchingUp = new Map<RoomId, Promise<boolean>>();
  readonly #catchUpPaused = new Map<string, number>();
  readonly #extending = new Map<RoomId, Promise<boolean>>();

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
    this.#trees = new StateTrees(deps.graph);
  }

  /** Reads which rooms there are; each is read when it is first needed. Rooms of unknown versions are left alone. */
  async load(onUnknownVersion: (record: RoomRecord) => void): Promise<void> {
    for (const record of await this.#deps.store.rooms()) {
      const rules = roomVersionRules(record.roomVersion);
      if (rules === undefined) onUnknownVersion(record);
      else this.#rooms.set(record.roomId, this.#makeGraph(record, rules));
    }
  }

  #makeGraph(record: RoomRecord, rules: RoomVersionRules): RoomGraph {
    const { graph, verifier, requests, clock, identity, policyCheck, onOutgoing, onFailure } = this.#deps;
    return new RoomGraph(new Room(record, rules, identity.serverName), {
      ...{ graph, verifier, requests, clock, identity, policyCheck, onOutgoing, onFailure },
      trees: this.#trees,
      cache: this.#cache,
      onChange: (change) => this.#noticeChange(change),
    });
  }

  /** The room's record and what of it is in memory; `undefined` for rooms that the bot never had to do with. */
  get(roomId: RoomId): Room | undefined {
    return this.#rooms.get(roomId)?.room;
  }

  /** The room, ready to be read and written. */
  async graphOf(roomId: RoomId): Promise<RoomGraph | undefined> {
    const graph = this.#rooms.get(roomId);
    await graph?.load();
    return graph;
  }

  all(): readonly Room[] {
    return [...this.#rooms.values()].map((graph) => graph.room);
  }

  /** The version of a room whose create event is known: nobody can give it another one. */
  async settledVersion(roomId: RoomId): Promise<string | undefined> {
    const room = (await this.graphOf(roomId))?.room;
    return room?.createEvent === undefined ? undefined : room.rules.version;
  }

  /** Creates the room in memory or gives it the new record; stored before this resolves. */
  async setRecord(record: RoomRecord, rules: RoomVersionRules): Promise<RoomGraph> {
    const known = this.#rooms.get(record.roomId);
    const graph = known?.room.rules === rules ? known : this.#makeGraph(record, rules);
    await graph.room.changeRecord(() => record, this.#deps.store);
    this.#rooms.set(record.roomId, graph);
    return graph;
  }

  /** A room that begins here: there is nothing of it until all that `work` adds is stored. */
  async begin(
    record: RoomRecord,
    rules: RoomVersionRules,
    work: (input: ChangeInput) => Promise<void>,
  ): Promise<RoomGraph> {
    const graph = this.#makeGraph(record, rules);
    await graph.change(work, record);
    this.#rooms.set(record.roomId, graph);
    return graph;
  }

  async factsOf(roomId: RoomId): Promise<RoomView | undefined> {
    const graph = this.#rooms.get(roomId);
    if (graph === undefined) return undefined;
    await graph.load();
    return graph.room.view();
  }

  /** Marks a join as on its way, for those who ask meanwhile. */
  trackJoin<T>(roomId: RoomId, join: Promise<T>): Promise<T> {
    const settled = join.then(
      () => undefined,
      () => undefined,
    );
    this.#joins.set(roomId, settled);
    void settled.then(() => {
      if (this.#joins.get(roomId) === settled) this.#joins.delete(roomId);
    });
    return join;
  }

  async whenJoined(roomId: RoomId, timeoutMs: number): Promise<RoomView | undefined> {
    const join = this.#joins.get(roomId);
    if (join !== undefined) {
      await this.#withinTime<unknown>(join, timeoutMs, undefined);
    }
    return await this.factsOf(roomId);
  }

  async #noticeChange({ graph, events, before }: ChangeNotice): Promise<void> {
    const { store, identity } = this.#deps;
    const { room } = graph;
    this.#deps.onStored?.();
    // What a room got while it named no policy server is history once it names one.
    if (!before.namesUs) {
      await store.addKnownEvents(
        room.roomId,
        events.filter(({ record }) => record.status === 'accepted').map(({ pdu }) => pdu.eventId),
      );
    }
    const now = room.view().membershipOf(identity.botUserId);
    // Of a room that we have left through another server our own state may not know it yet.
    const hasJoined = events.some(
      ({ pdu, record }) => record.status === 'accepted' && isJoinOf(pdu, identity.botUserId),
    );
    if (now === 'join' && hasJoined && room.record.membership === 'left') {
      const { roomId, roomVersion, via, historyFrontier, joins = [] } = room.record;
      const since = this.#deps.clock.now();
      await this.setRecord(
        { roomId, roomVersion, membership: 'joined', via, since, historyFrontier, joins },
        room.rules,
      );
    } else if ((now === 'leave' || now === 'ban') && room.record.membership === 'joined') {
      const removal = events.findLast(({ pdu }) => isState(pdu, 'm.room.member', identity.botUserId));
      await this.markLeft(room, removal === undefined ? 'left' : describeRemoval(removal.pdu, identity.botUserId));
    }
  }

  async markLeft(room: Room, because: string): Promise<void> {
    const record: RoomRecord = {
      ...room.record,
      membership: 'left',
      leftBecause: because,
      since: this.#deps.clock.now(),
    };
    await this.setRecord(record, room.rules);
  }

  /** One catch-up a room at a time; those who ask meanwhile share it. */
  async catchUp(pdu: Pdu, askedBy: ServerName, timeoutMs: number): Promise<boolean> {
    const graph = await this.graphOf(pdu.roomId);
    if (graph?.room.record.membership !== 'joined') return false;
    const known = await graph.events.many(pdu.prevEvents);
    if (pdu.prevEvents.every((eventId) => known.get(eventId)?.record.stateAfter !== undefined)) return false;
    const pauseKey = `${pdu.roomId} ${askedBy}`;
    if ((this.#catchUpPaused.get(pauseKey) ?? 0) > this.#deps.clock.now()) return false;
    const running = this.#catchingUp.get(pdu.roomId) ?? this.#catchUpNow(graph, pdu, askedBy, timeoutMs, pauseKey);
    this.#catchingUp.set(pdu.roomId, running);
    // The room's writer may be busy with something else for longer than this asker can wait.
    return await this.#withinTime(running, timeoutMs, true);
  }

  async #catchUpNow(
    graph: RoomGraph,
    pdu: Pdu,
    from: ServerName,
    timeoutMs: number,
    pauseKey: string,
  ): Promise<boolean> {
    try {
      const before = graph.room.view();
      await graph.catchUp(pdu, from, timeoutMs);
      if (graph.room.view() === before) this.#pauseCatchUp(pauseKey);
      return true;
    } finally {
      this.#catchingUp.delete(pdu.roomId);
    }
  }

  async #withinTime<T>(work: Promise<T>, timeoutMs: number, otherwise: T): Promise<T> {
    const timer = new AbortController();
    const late = this.#deps.clock.sleep(timeoutMs, timer.signal).then(
      () => otherwise,
      () => otherwise,
    );
    try {
      return await Promise.race([work, late]);
    } finally {
      timer.abort();
    }
  }

  #pauseCatchUp(key: string): void {
    const now = this.#deps.clock.now();
    for (const [other, until] of this.#catchUpPaused) if (until <= now) this.#catchUpPaused.delete(other);
    this.#catchUpPaused.set(key, now + CATCH_UP_PAUSE_MS);
  }

  /** Looks among what is known first, then goes back through the room's history for as long as there is time. */
  async isHistory(pdu: Pdu, askedBy: ServerName, timeoutMs: number): Promise<boolean> {
    const graph = await this.graphOf(pdu.roomId);
    if (graph === undefined) return false;
    const { room } = graph;
    const deadline = this.#deps.clock.now() + timeoutMs;
    for (;;) {
      if (await this.#isKnownPast(graph, pdu)) return true;
      const isOlder = pdu.depth <= this.#joinDepth(room);
      if (!isOlder || this.#deps.clock.now() >= deadline) return false;
      if (!(await this.extendHistory(room, askedBy))) return await this.#isKnownPast(graph, pdu);
    }
  }

  /** One step back at a time a room; false where nothing more can be had. */
  async extendHistory(room: Room, first?: ServerName): Promise<boolean> {
    const running = this.#extending.get(room.roomId);
    if (running !== undefined) return await running;
    const { store, requests, clock } = this.#deps;
    const work = extendHistory({ store, requests, clock }, room, this.serversToAsk(room, first)).finally(() => {
      this.#extending.delete(room.roomId);
    });
    this.#extending.set(room.roomId, work);
    return await work;
  }

  async #isKnownPast(graph: RoomGraph, pdu: Pdu): Promise<boolean> {
    const { room } = graph;
    if (pdu.stateKey !== undefined && room.currentOf(pdu.type, pdu.stateKey)?.eventId === pdu.eventId) return true;
    if (await wasStateBeforeJoin(graph, pdu)) return true;
    return await this.#deps.store.isKnownEvent(room.roomId, pdu.eventId);
  }

  #joinDepth(room: Room): number {
    return room.currentOf('m.room.member', this.#deps.identity.botUserId)?.depth ?? 0;
  }

  /** Servers that are in the room, those through which we came first, then those with most members. */
  serversToAsk(room: Room, first?: ServerName): readonly ServerName[] {
    const ours = this.#deps.identity.serverName;
    const bySize = [...room.joinedServers()].sort((a, b) => b[1] - a[1]).map(([server]) => server);
    const all = [...(first === undefined ? [] : [first]), ...room.record.via, ...bySize];
    return [...new Set(all)].filter((server) => server !== ours).slice(0, MAX_SERVERS_TO_ASK);
  }
}

/** Why a membership event took the bot out of a room, for people. */
function describeRemoval(pdu: Pdu, botUserId: string): string {
  const reason = ownString(pdu.content, 'reason');
  const because = reason === undefined ? '' : `: ${reason.slice(0, 200)}`;
  if (pdu.sender === botUserId) return 'left';
  const isBan = ownString(pdu.content, 'membership') === 'ban';
  return `${isBan ? 'banned' : 'kicked'} by ${pdu.sender}${because}`;
}

function isJoinOf(pdu: Pdu, userId: string): boolean {
  return isState(pdu, 'm.room.member', userId) && ownString(pdu.content, 'membership') === 'join';
}
