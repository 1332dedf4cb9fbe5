import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type {
  ErasableEvents,
  EventAhead,
  EventRecord,
  EventStatus,
  EventToStore,
  GraphChange,
  GraphStore,
  NewEvent,
  RedactionAhead,
  RoomHeads,
  StateId,
} from '../../rooms/graph/ports.ts';
import { isReplaceable, refuseToReplace } from '../replaceable.ts';
import type { MemoryOutboxStore } from './outbox.ts';
import type { MemoryRoomStore } from './rooms.ts';

interface StoredRoom {
  readonly events: Map<EventId, EventRecord>;
  readonly redactions: Map<EventId, EventId>;
  readonly redactionsAhead: RedactionAhead[];
  readonly citedAhead: Set<EventId>;
  heads: RoomHeads | undefined;
}

export class MemoryGraphStore implements GraphStore, ErasableEvents {
  readonly #records: MemoryRoomStore;
  readonly #outbox: MemoryOutboxStore;
  readonly #rooms = new Map<RoomId, StoredRoom>();
  readonly #nodes = new Map<StateId, string>();
  /** In order of position. */
  readonly #stream = new Map<number, EventRecord>();
  #lastPosition = 0;

  constructor(records: MemoryRoomStore, outbox: MemoryOutboxStore) {
    this.#records = records;
    this.#outbox = outbox;
  }

  async append(change: GraphChange): Promise<void> {
    const { roomId, events, heads, record, redactions, outgoing = [], destinations = [] } = change;
    const room = this.#rooms.get(roomId) ?? emptyRoom();
    checkChange(room, change);
    this.#rooms.set(roomId, room);
    for (const { id, text } of change.stateNodes) this.#nodes.set(id, this.#nodes.get(id) ?? text);
    for (const event of events) this.#put(room, roomId, event);
    if (heads !== undefined) room.heads = heads;
    if (record !== undefined) this.#records.put(record);
    for (const [target, redaction] of redactions ?? []) room.redactions.set(target, redaction);
    for (const ahead of change.redactionsAhead ?? []) {
      const isKnown = room.redactionsAhead.some(({ target, of }) => target === ahead.target && of === ahead.of);
      if (!isKnown) room.redactionsAhead.push(ahead);
    }
    for (const eventId of change.citedAhead ?? []) room.citedAhead.add(eventId);
    for (const destination of destinations) this.#outbox.add(destination, roomId, outgoing);
  }

  async events(roomId: RoomId, eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, EventRecord>> {
    const found = eventIds.flatMap((eventId) => this.#event(roomId, eventId) ?? []);
    return new Map(found.map((event) => [event.eventId, event]));
  }

  async ahead(roomId: RoomId, eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, EventAhead>> {
    const room = this.#rooms.get(roomId) ?? emptyRoom();
    const found = eventIds.map((eventId): [EventId, EventAhead] => {
      const redactions = room.redactionsAhead.filter(({ target }) => target === eventId);
      return [eventId, { isCited: room.citedAhead.has(eventId), redactions }];
    });
    return new Map(found.filter(([, { isCited, redactions }]) => isCited || redactions.length > 0));
  }

  async heads(roomId: RoomId): Promise<RoomHeads | undefined> {
    return this.#rooms.get(roomId)?.heads;
  }

  async stateNodes(ids: readonly StateId[]): Promise<ReadonlyMap<StateId, string>> {
    const known = ids.flatMap((id): [StateId, string][] => {
      const text = this.#nodes.get(id);
      return text === undefined ? [] : [[id, text]];
    });
    return new Map(known);
  }

  async stream(after: number, limit: number, statuses?: readonly EventStatus[]): Promise<readonly EventRecord[]> {
    const events: EventRecord[] = [];
    for (const event of this.#stream.values()) {
      if (events.length >= limit) break;
      if (event.position <= after || statuses?.includes(event.status) === false) continue;
      events.push(this.#withRedaction(event));
    }
    return events;
  }

  async latestPosition(): Promise<number> {
    return this.#lastPosition;
  }

  async eventNear(roomId: RoomId, timestamp: number, direction: 'f' | 'b'): Promise<EventRecord | undefined> {
    const sign = direction === 'f' ? 1 : -1;
    const [nearest] = this.#eventsOf(roomId)
      .filter(({ status }) => status === 'accepted' || status === 'backfilled')
      .filter(({ originServerTs }) => sign * (originServerTs - timestamp) >= 0)
      .sort((a, b) => sign * (a.originServerTs - b.originServerTs || a.position - b.position));
    return nearest;
  }

  async overview(roomId: RoomId, latest: number): ReturnType<GraphStore['overview']> {
    const counts: Partial<Record<EventStatus, number>> = {};
    const events = this.#eventsOf(roomId);
    for (const { status } of events) counts[status] = (counts[status] ?? 0) + 1;
    const unaccepted = events
      .filter(({ status }) => status === 'softFailed' || status === 'rejected')
      .sort((a, b) => b.position - a.position);
    return { counts, unaccepted: unaccepted.slice(0, latest) };
  }

  async roomsOf(eventId: EventId, limit: number): Promise<readonly RoomId[]> {
    const events = [...this.#rooms.values()].flatMap((room) => room.events.get(eventId) ?? []);
    const first = events.sort((a, b) => a.position - b.position).slice(0, limit);
    return first.map(({ roomId }) => roomId);
  }

  async eventsOf(sender: string, after: number): ReturnType<ErasableEvents['eventsOf']> {
    const events = [...this.#stream.values()].filter((event) => event.position > after && event.sender === sender);
    return { events, next: undefined };
  }

  async replaceContent(events: Parameters<ErasableEvents['replaceContent']>[0]): Promise<void> {
    for (const { roomId, eventId, raw } of events) {
      const room = this.#rooms.get(roomId);
      const known = room?.events.get(eventId);
      if (room === undefined || known === undefined) continue;
      room.events.set(eventId, { ...known, raw });
      this.#stream.set(known.position, { ...known, raw });
    }
  }

  /** For the outbox, which holds references only. */
  event(roomId: RoomId, eventId: EventId): EventRecord {
    const event = this.#event(roomId, eventId);
    if (event === undefined) throw new Error(`${eventId} was never stored`);
    return event;
  }

  #put(room: StoredRoom, roomId: RoomId, { text: _text, ...event }: EventToStore): void {
    const known = room.events.get(event.eventId);
    if (known !== undefined) this.#stream.delete(known.position);
    this.#lastPosition += 1;
    const stored = { ...event, roomId, position: this.#lastPosition };
    room.events.set(event.eventId, stored);
    this.#stream.set(stored.position, stored);
  }

  #event(roomId: RoomId, eventId: EventId): EventRecord | undefined {
    const event = this.#rooms.get(roomId)?.events.get(eventId);
    return event === undefined ? undefined : this.#withRedaction(event);
  }

  #eventsOf(roomId: RoomId): EventRecord[] {
    return [...(this.#rooms.get(roomId)?.events.values() ?? [])].map((event) => this.#withRedaction(event));
  }

  #withRedaction(event: EventRecord): EventRecord {
    const redactedBy = this.#rooms.get(event.roomId)?.redactions.get(event.eventId);
    return redactedBy === undefined ? event : { ...event, redactedBy };
  }
}

/** Before anything is changed, so that a change happens wholly or not at all. */
function checkChange(room: StoredRoom, { events, outgoing = [], destinations = [] }: GraphChange): void {
  const given = new Map<EventId, NewEvent>();
  for (const event of events) {
    const known = given.get(event.eventId) ?? room.events.get(event.eventId);
    if (known !== undefined && !isReplaceable(known)) refuseToReplace(event.eventId, known.status);
    given.set(event.eventId, event);
  }
  const unknown = outgoing.find((eventId) => !given.has(eventId) && !room.events.has(eventId));
  if (unknown !== undefined && destinations.length > 0) {
    throw new TypeError(`${unknown} is to be sent and is not known`);
  }
}

function emptyRoom(): StoredRoom {
  return { events: new Map(), redactions: new Map(), redactionsAhead: [], citedAhead: new Set(), heads: undefined };
}
