import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { RoomRecord, RoomStore } from '../../rooms/ports.ts';

export class MemoryRoomStore implements RoomStore {
  readonly #records = new Map<RoomId, RoomRecord>();
  readonly #knownEvents = new Map<RoomId, Set<EventId>>();

  async rooms(): Promise<readonly RoomRecord[]> {
    return [...this.#records.values()];
  }

  async putRoom(record: RoomRecord): Promise<void> {
    this.put(record);
  }

  put(record: RoomRecord): void {
    this.#records.set(record.roomId, record);
  }

  async addKnownEvents(roomId: RoomId, eventIds: readonly EventId[]): Promise<void> {
    const known = this.#knownEvents.get(roomId) ?? new Set();
    for (const eventId of eventIds) known.add(eventId);
    this.#knownEvents.set(roomId, known);
  }

  async isKnownEvent(roomId: RoomId, eventId: EventId): Promise<boolean> {
    return this.#knownEvents.get(roomId)?.has(eventId) ?? false;
  }

  async countKnownEvents(roomId: RoomId): Promise<number> {
    return this.#knownEvents.get(roomId)?.size ?? 0;
  }
}
