/** The stored events of one room, read once and kept for a while. What a change under way adds is `change-events.ts`. */
import { LRUCache } from 'lru-cache';
import { restorePdu, type Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { RoomVersionRules } from '../../protocol/room-versions.ts';
import { authEventIdsOf } from '../../protocol/state-resolution/auth-chains.ts';
import type { EventAhead, EventRecord, GraphStore, NewEvent } from './ports.ts';

export interface KnownEvent {
  readonly pdu: Pdu;
  readonly record: NewEvent & Pick<EventRecord, 'redactedBy'>;
}

/** Events of one room by their ids. */
export interface EventSource {
  get(eventId: EventId): Promise<KnownEvent | undefined>;
  /** Those that are known, in any status. */
  many(eventIds: Iterable<EventId>): Promise<ReadonlyMap<EventId, KnownEvent>>;
}

/** Of all rooms together, each of a few KB: what an idle room was read for gives way to what is needed. */
const CACHED_EVENTS = 10_000;

/** Events of any rooms, by room and event id. */
export type EventCache = LRUCache<string, KnownEvent>;

export function createEventCache(): EventCache {
  return new LRUCache({ max: CACHED_EVENTS });
}

export class GraphEvents implements EventSource {
  readonly #store: GraphStore;
  readonly #roomId: RoomId;
  readonly #rules: RoomVersionRules;
  readonly #cache: EventCache;
  #isNothingStored = false;

  constructor(store: GraphStore, roomId: RoomId, rules: RoomVersionRules, cache: EventCache) {
    this.#cache = cache;
    this.#store = store;
    this.#roomId = roomId;
    this.#rules = rules;
  }

  #key(eventId: EventId): string {
    return `${this.#roomId} ${eventId}`;
  }

  async get(eventId: EventId): Promise<KnownEvent | undefined> {
    return this.#cache.get(this.#key(eventId)) ?? (await this.many([eventId])).get(eventId);
  }

  async many(eventIds: Iterable<EventId>): Promise<ReadonlyMap<EventId, KnownEvent>> {
    const found = new Map<EventId, KnownEvent>();
    const unread: EventId[] = [];
    for (const eventId of new Set(eventIds)) {
      const known = this.#cache.get(this.#key(eventId));
      if (known === undefined) unread.push(eventId);
      else found.set(eventId, known);
    }
    for (const [eventId, known] of await this.#read(unread)) {
      this.#cache.set(this.#key(eventId), known);
      found.set(eventId, known);
    }
    return found;
  }

  /** For a look at more events than shall be kept: they push nothing out of the cache, nor live on in it for a while. */
  uncached(): EventSource {
    const many = async (eventIds: Iterable<EventId>): Promise<ReadonlyMap<EventId, KnownEvent>> =>
      await this.#read([...new Set(eventIds)]);
    return { many, get: async (eventId) => (await many([eventId])).get(eventId) };
  }

  async #read(eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, KnownEvent>> {
    const found = new Map<EventId, KnownEvent>();
    if (eventIds.length === 0 || this.#isNothingStored) return found;
    const records = await this.#store.events(this.#roomId, eventIds);
    // The given ids, not those that were read: who keeps both then keeps one copy.
    for (const eventId of eventIds) {
      const record = records.get(eventId);
      if (record === undefined) continue;
      const restored = restorePdu(record.raw, this.#rules, eventId);
      if (!restored.ok) throw new Error(`the stored event ${eventId} is no event: ${restored.reason.detail}`);
      found.set(eventId, { pdu: restored.pdu, record });
    }
    return found;
  }

  /** What is known of events that may not have come yet. */
  async ahead(eventIds: readonly EventId[]): Promise<ReadonlyMap<EventId, EventAhead>> {
    return this.#isNothingStored ? new Map() : await this.#store.ahead(this.#roomId, eventIds);
  }

  /** Until something is stored the storage is not asked: for rooms that begin. */
  beginEmpty(): void {
    this.#isNothingStored = true;
  }

  /** These have been stored just now. */
  settle(added: readonly KnownEvent[]): void {
    this.#isNothingStored = false;
    for (const known of added) this.#cache.set(this.#key(known.pdu.eventId), known);
  }

  /** A stored event has changed: it is read again when it is next asked for. */
  evict(eventId: EventId): void {
    this.#cache.delete(this.#key(eventId));
  }
}

/** The events and everything in their auth chains that is known. */
export async function withAuthChains(
  events: EventSource,
  eventIds: Iterable<EventId>,
): Promise<ReadonlyMap<EventId, KnownEvent>> {
  const all = new Map<EventId, KnownEvent>();
  const asked = new Set<EventId>();
  let next = new Set(eventIds);
  while (next.size > 0) {
    for (const eventId of next) asked.add(eventId);
    const found = await events.many(next);
    next = new Set();
    for (const [eventId, known] of found) {
      all.set(eventId, known);
      for (const authId of authEventIdsOf(known.pdu)) if (!asked.has(authId)) next.add(authId);
    }
  }
  return all;
}
