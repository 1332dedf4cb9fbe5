/** All rooms of this server: loaded at start, found by id, changed by one writer each. */
import { parsePdu, type Pdu } from '../protocol/events.ts';
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { ownString, type JsonValue } from '../protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../protocol/room-versions.ts';
import type { Clock } from '../telemetry/clock.ts';
import { extendHistory } from './history.ts';
import type { Identity } from './identity.ts';
import { describeRemoval, takeIn, type IntakeResult } from './intake.ts';
import { catchUp, type CatchUpDeps } from './missing-events.ts';
import type { EventVerifier, RoomRecord, RoomStore } from './ports.ts';
import type { RoomRequests } from './requests.ts';
import { Room, type RoomView } from './room.ts';

export interface RegistryDeps {
  readonly identity: Identity;
  readonly store: RoomStore;
  readonly verifier: EventVerifier;
  readonly requests: RoomRequests;
  readonly clock: Clock;
}

/** After a catch-up that brought nothing, the room does not ask the same server again for so long. */
const CATCH_UP_PAUSE_MS = 30_000;
const MAX_SERVERS_TO_ASK = 3;
/** How long loading may hold the event loop before others get a turn. */
const LOAD_SLICE = 2_000;

export class RoomRegistry {
  readonly #deps: RegistryDeps;
  readonly #rooms = new Map<RoomId, Room>();
  readonly #joins = new Map<RoomId, Promise<unknown>>();
  readonly #catchingUp = new Map<RoomId, Promise<boolean>>();
  readonly #catchUpPaused = new Map<string, number>();
  readonly #extending = new Map<RoomId, Promise<boolean>>();

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  /** Reads all rooms from storage. Rooms of a version that this program does not know are left alone and reported. */
  async load(onUnknownVersion: (record: RoomRecord) => void): Promise<void> {
    let events = 0;
    for (const record of await this.#deps.store.rooms()) {
      const rules = roomVersionRules(record.roomVersion);
      if (rules === undefined) {
        onUnknownVersion(record);
        continue;
      }
      const room = new Room(record, rules, this.#deps.identity.serverName);
      for (const { eventId, raw } of await this.#deps.store.state(record.roomId)) {
        const parsed = parsePdu(raw, rules, eventId);
        if (parsed.ok) room.putState(parsed.pdu);
        events += 1;
        if (events % LOAD_SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      this.#rooms.set(record.roomId, room);
    }
  }

  get(roomId: RoomId): Room | undefined {
    return this.#rooms.get(roomId);
  }

  all(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  /** Creates the room in memory or gives it the new record; stored before this resolves. */
  async setRecord(record: RoomRecord, rules: RoomVersionRules): Promise<Room> {
    await this.#deps.store.putRoom(record);
    const known = this.#rooms.get(record.roomId);
    const room = known?.rules === rules ? known : new Room(record, rules, this.#deps.identity.serverName);
    room.setRecord(record);
    this.#rooms.set(record.roomId, room);
    return room;
  }

  factsOf(roomId: RoomId): RoomView | undefined {
    return this.#rooms.get(roomId)?.view();
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
      const timer = new AbortController();
      await Promise.race([join, this.#deps.clock.sleep(timeoutMs, timer.signal).catch(() => undefined)]);
      timer.abort();
    }
    return this.factsOf(roomId);
  }

  /** Checks and applies events, one batch of a room after another. */
  async takeIn(room: Room, raws: readonly JsonValue[]): Promise<readonly IntakeResult[]> {
    const { store, verifier, identity } = this.#deps;
    const deps = {
      store,
      verifier,
      botUserId: identity.botUserId,
      onBotMembership: (changed: Room, pdu: Pdu) => this.#noticeBotMembership(changed, pdu),
    };
    return await room.exclusive(() => takeIn(deps, room, raws));
  }

  async #noticeBotMembership(room: Room, pdu: Pdu): Promise<void> {
    const membership = ownString(pdu.content, 'membership');
    if (membership === 'join' && room.record.membership !== 'joined') {
      const { roomId, roomVersion, via, historyFrontier } = room.record;
      const since = this.#deps.clock.now();
      await this.setRecord({ roomId, roomVersion, membership: 'joined', via, since, historyFrontier }, room.rules);
    } else if ((membership === 'leave' || membership === 'ban') && room.record.membership !== 'left') {
      await this.markLeft(room, describeRemoval(pdu, this.#deps.identity.botUserId));
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
    const room = this.#rooms.get(pdu.roomId);
    if (room?.record.membership !== 'joined') return false;
    const pauseKey = `${pdu.roomId} ${askedBy}`;
    if ((this.#catchUpPaused.get(pauseKey) ?? 0) > this.#deps.clock.now()) return false;
    const running = this.#catchingUp.get(pdu.roomId);
    if (running !== undefined) return await running;
    const before = room.view();
    const work = catchUp(this.#catchUpDeps(), room, pdu, askedBy, timeoutMs).finally(() => {
      this.#catchingUp.delete(pdu.roomId);
    });
    this.#catchingUp.set(pdu.roomId, work);
    const wasBehind = await work;
    if (wasBehind && room.view() === before) this.#pauseCatchUp(pauseKey);
    return wasBehind;
  }

  #pauseCatchUp(key: string): void {
    const now = this.#deps.clock.now();
    for (const [other, until] of this.#catchUpPaused) if (until <= now) this.#catchUpPaused.delete(other);
    this.#catchUpPaused.set(key, now + CATCH_UP_PAUSE_MS);
  }

  #catchUpDeps(): CatchUpDeps {
    const { requests, clock, store } = this.#deps;
    return {
      requests,
      clock,
      isKnown: (room, eventId) => store.isKnownEvent(room.roomId, eventId),
      takeIn: (room, raws) => this.takeIn(room, raws),
    };
  }

  /** Looks among what is known first, then goes back through the room's history for as long as there is time. */
  async isHistory(pdu: Pdu, askedBy: ServerName, timeoutMs: number): Promise<boolean> {
    const room = this.#rooms.get(pdu.roomId);
    if (room === undefined) return false;
    const deadline = this.#deps.clock.now() + timeoutMs;
    for (;;) {
      if (await this.#isKnownPast(room, pdu)) return true;
      const isOlder = pdu.depth <= this.#joinDepth(room);
      if (!isOlder || this.#deps.clock.now() >= deadline) return false;
      if (!(await this.extendHistory(room, askedBy))) return await this.#isKnownPast(room, pdu);
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

  async #isKnownPast(room: Room, pdu: Pdu): Promise<boolean> {
    if (pdu.stateKey !== undefined && room.currentOf(pdu.type, pdu.stateKey)?.eventId === pdu.eventId) return true;
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
