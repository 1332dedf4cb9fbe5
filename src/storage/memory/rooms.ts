import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { RoomRecord, RoomStore, StoredStateEvent } from '../../rooms/ports.ts';

type State = Map<string, StoredStateEvent>;

export class MemoryRoomStore implements RoomStore {
  readonly #records = new Map<RoomId, RoomRecord>();
  readonly #states = new Map<RoomId, State>();
  readonly #knownEvents = new Map<RoomId, Set<EventId>>();

  async rooms(): Promise<readonly RoomRecord[]> {
    return [...this.#records.values()];
  }

  async putRoom(record: RoomRecord): Promise<void> {
    this.#records.set(record.roomId, record);
  }

  async replaceState(record: RoomRecord, state: readonly Pdu[]): Promise<void> {
    const replacement: State = new Map();
    for (const pdu of state) putInto(replacement, pdu);
    this.#records.set(record.roomId, record);
    this.#states.set(record.roomId, replacement);
  }

  async state(roomId: RoomId): Promise<readonly StoredStateEvent[]> {
    return [...(this.#states.get(roomId)?.values() ?? [])];
  }

  async stateEvent(roomId: RoomId, type: string, stateKey: string): Promise<StoredStateEvent | undefined> {
    return this.#states.get(roomId)?.get(stateEntryKey(type, stateKey));
  }

  async putStateEvent(pdu: Pdu): Promise<void> {
    const state: State = this.#states.get(pdu.roomId) ?? new Map<string, StoredStateEvent>();
    putInto(state, pdu);
    this.#states.set(pdu.roomId, state);
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

function putInto(state: State, pdu: Pdu): void {
  if (pdu.stateKey === undefined) throw new TypeError(`${pdu.eventId} is no state event`);
  state.set(stateEntryKey(pdu.type, pdu.stateKey), { eventId: pdu.eventId, raw: pdu.raw });
}

/** Types and state keys may hold any character, so a separator alone would not do. */
function stateEntryKey(type: string, stateKey: string): string {
  return JSON.stringify([type, stateKey]);
}
