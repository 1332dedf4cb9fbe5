import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type {
  EventAhead,
  EventRecord,
  EventStatus,
  EventToStore,
  GraphChange,
  GraphStore,
  RoomHeads,
  StateId,
} from '../../rooms/graph/ports.ts';
import { isPlaceless } from '../replaceable.ts';
import { SELECT_EVENTS, toEventRecord } from './event-rows.ts';
import { EventsAhead } from './events-ahead.ts';
import { GraphWriter, toEventRow } from './graph-writer.ts';
import type { GroupCommit } from './group-commit.ts';
import { CHUNK, nextTurn, readEach, reading } from './reading.ts';
import { integerOf, textOf } from './row.ts';

/**
 * Rows of a large change written at once. Event ids are spread over the whole index, most of which every commit writes
 * anew: few commits are much cheaper than many, and this many rows still take but a dozen milliseconds.
 */
const AHEAD = 1_000;

/** Rows that a search for some statuses passes over before the event loop gets its turn: a few milliseconds. */
const SCANNED_AT_ONCE = 5_000;

/**
 * A change is one write. Of a large one, such as a join, what means nothing by itself is written before, in chunks:
 * state nodes, and the outliers and backfilled events that it begins with. A crash in between leaves those, which the
 * next attempt replaces, and nothing else of the change.
 */
export class SqliteGraphStore implements GraphStore {
  readonly #group: GroupCommit;
  readonly #writer: GraphWriter;
  readonly #ahead: EventsAhead;
  readonly #selectEvent: StatementSync;
  readonly #selectStream: StatementSync;
  readonly #selectStreamOf: StatementSync;
  readonly #selectLatest: StatementSync;
  readonly #selectAtOrAfter: StatementSync;
  readonly #selectAtOrBefore: StatementSync;
  readonly #selectUnaccepted: StatementSync;
  readonly #selectCounts: StatementSync;
  readonly #selectHeads: StatementSync;
  readonly #selectNode: StatementSync;
  readonly #selectRoomsOf: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#writer = new GraphWriter(connection);
    this.#ahead = new EventsAhead(connection);
    const ofRoom = '= (SELECT room_key FROM rooms WHERE room_id = ?)';
    const near = `${SELECT_EVENTS} WHERE events.room_key ${ofRoom} AND status IN ('accepted', 'backfilled')`;
    this.#selectEvent = connection.prepare(`${SELECT_EVENTS} WHERE event_id = ? AND events.room_key ${ofRoom}`);
    this.#selectStream = connection.prepare(`${SELECT_EVENTS} WHERE position > ? ORDER BY position LIMIT ?`);
    this.#selectStreamOf = connection.prepare(
      `${SELECT_EVENTS} WHERE position > ? AND position <= ? AND status IN (SELECT value FROM json_each(?))
       ORDER BY position LIMIT ?`,
    );
    this.#selectLatest = connection.prepare('SELECT coalesce(max(position), 0) AS latest FROM events');
    this.#selectAtOrAfter = connection.prepare(
      `${near} AND origin_server_ts >= ? ORDER BY origin_server_ts, position LIMIT 1`,
    );
    this.#selectAtOrBefore = connection.prepare(
      `${near} AND origin_server_ts <= ? ORDER BY origin_server_ts DESC, position DESC LIMIT 1`,
    );
    this.#selectUnaccepted = connection.prepare(
      `${SELECT_EVENTS} WHERE events.room_key ${ofRoom} AND status IN ('softFailed', 'rejected')
       ORDER BY position DESC LIMIT ?`,
    );
    this.#selectCounts = connection.prepare(
      `SELECT status, events FROM event_counts WHERE room_key ${ofRoom} AND events > 0`,
    );
    this.#selectHeads = connection.prepare(`SELECT * FROM room_heads WHERE room_key ${ofRoom}`);
    this.#selectNode = connection.prepare('SELECT node FROM state_nodes WHERE id = ?');
    this.#selectRoomsOf = connection.prepare(
      'SELECT room_id FROM events JOIN rooms USING (room_key) WHERE event_id = ? ORDER BY position LIMIT ?',
    );
  }

  async append(change: GraphChange): Promise<void> {
    const rest = await this.#writeAhead(change);
    const rows = rest.events.map(toEventRow);
    await this.#group.run(() => {
      const roomKey = this.#writer.roomKey(change.roomId);
      this.#writer.addNodes(rest.stateNodes);
      this.#writer.putEvents(roomKey, rows);
      if (change.heads !== undefined) this.#writer.putHeads(roomKey, change.heads);
      if (change.record !== undefined) this.#writer.putRecord(roomKey, change.record);
      if (change.redactions !== undefined) this.#writer.putRedactions(roomKey, change.redactions);
      this.#ahead.put(roomKey, change);
      this.#writer.addToOutbox(roomKey, change.outgoing ?? [], change.destinations ?? []);
    });
  }

  async events(roomId: RoomId, eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, EventRecord>> {
    const rows = await readEach(eventIds, (eventId) => {
      const row = this.#selectEvent.get(eventId, roomId);
      return row === undefined ? undefined : toEventRecord(row);
    });
    return new Map(rows.flatMap((event) => (event === undefined ? [] : [[event.eventId, event] as const])));
  }

  async ahead(roomId: RoomId, eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, EventAhead>> {
    return await this.#ahead.find(roomId, eventIds);
  }

  async heads(roomId: RoomId): Promise<RoomHeads | undefined> {
    const row = reading(() => this.#selectHeads.get(roomId));
    if (row === undefined) return undefined;
    return {
      extremities: JSON.parse(textOf(row, 'extremities')) as readonly EventId[],
      currentState: textOf(row, 'current_state') as StateId,
    };
  }

  async stateNodes(ids: readonly StateId[]): Promise<ReadonlyMap<StateId, string>> {
    const texts = await readEach(ids, (id): [StateId, string][] => {
      const row = this.#selectNode.get(id);
      return row === undefined ? [] : [[id, textOf(row, 'node')]];
    });
    return new Map(texts.flat());
  }

  async stream(after: number, limit: number, statuses?: readonly EventStatus[]): Promise<readonly EventRecord[]> {
    if (statuses !== undefined) return await this.#streamOf(statuses, after, limit);
    const events: EventRecord[] = [];
    for (let from = after; events.length < limit;) {
      const wanted = Math.min(CHUNK, limit - events.length);
      const rows = reading(() => this.#selectStream.all(from, wanted));
      for (const row of rows) events.push(toEventRecord(row));
      if (rows.length < wanted) break;
      from = events.at(-1)?.position ?? from;
      if (events.length < limit) await nextTurn();
    }
    return events;
  }

  /** Passes over a bounded number of others at a time. */
  async #streamOf(statuses: readonly EventStatus[], after: number, limit: number): Promise<readonly EventRecord[]> {
    const events: EventRecord[] = [];
    const latest = await this.latestPosition();
    for (let from = after; from < latest && events.length < limit; from += SCANNED_AT_ONCE) {
      if (from > after) await nextTurn();
      const [until, rest] = [from + SCANNED_AT_ONCE, limit - events.length];
      const rows = reading(() => this.#selectStreamOf.all(from, until, JSON.stringify(statuses), rest));
      for (const row of rows) events.push(toEventRecord(row));
    }
    return events;
  }

  async latestPosition(): Promise<number> {
    return integerOf(reading(() => this.#selectLatest.get()) ?? {}, 'latest');
  }

  async eventNear(roomId: RoomId, timestamp: number, direction: 'f' | 'b'): Promise<EventRecord | undefined> {
    const select = direction === 'f' ? this.#selectAtOrAfter : this.#selectAtOrBefore;
    const row = reading(() => select.get(roomId, timestamp));
    return row === undefined ? undefined : toEventRecord(row);
  }

  async overview(roomId: RoomId, latest: number): ReturnType<GraphStore['overview']> {
    const counts: Partial<Record<EventStatus, number>> = {};
    for (const row of reading(() => this.#selectCounts.all(roomId))) {
      counts[textOf(row, 'status') as EventStatus] = integerOf(row, 'events');
    }
    return { counts, unaccepted: reading(() => this.#selectUnaccepted.all(roomId, latest)).map(toEventRecord) };
  }

  async roomsOf(eventId: EventId, limit: number): Promise<readonly RoomId[]> {
    return reading(() => this.#selectRoomsOf.all(eventId, limit)).map((row) => textOf(row, 'room_id') as RoomId);
  }

  /** Returns what is left for the last write. */
  async #writeAhead(change: GraphChange): Promise<Pick<GraphChange, 'events' | 'stateNodes'>> {
    const { roomId, events, stateNodes } = change;
    const isLarge = events.length + stateNodes.length > CHUNK;
    if (!isLarge) return change;
    for (let i = 0; i < stateNodes.length; i += AHEAD) {
      await this.#group.run(() => this.#writer.addNodes(stateNodes.slice(i, i + AHEAD)), 'ahead');
    }
    const firstPlaced = events.findIndex(({ status }) => !isPlaceless(status));
    const ahead = firstPlaced === -1 ? events : events.slice(0, firstPlaced);
    for (let i = 0; i < ahead.length; i += AHEAD) await this.#writeEvents(roomId, ahead.slice(i, i + AHEAD));
    return { events: events.slice(ahead.length), stateNodes: [] };
  }

  async #writeEvents(roomId: RoomId, events: readonly EventToStore[]): Promise<void> {
    const rows = events.map(toEventRow);
    await this.#group.run(() => this.#writer.putEvents(this.#writer.roomKey(roomId), rows), 'ahead');
  }
}
