import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { EventRecord, OutboxStore } from '../../rooms/graph/ports.ts';

interface Waiting {
  readonly sequence: number;
  readonly roomId: RoomId;
  readonly eventId: EventId;
}

export class MemoryOutboxStore implements OutboxStore {
  readonly #eventOf: (roomId: RoomId, eventId: EventId) => EventRecord;
  /** In order of sequence. */
  readonly #waiting = new Map<ServerName, readonly Waiting[]>();
  #lastSequence = 0;

  constructor(eventOf: (roomId: RoomId, eventId: EventId) => EventRecord) {
    this.#eventOf = eventOf;
  }

  add(destination: ServerName, roomId: RoomId, eventIds: readonly EventId[]): void {
    const added = eventIds.map((eventId) => ({ sequence: (this.#lastSequence += 1), roomId, eventId }));
    this.#waiting.set(destination, [...this.#of(destination), ...added]);
  }

  async destinations(): Promise<readonly ServerName[]> {
    return [...this.#waiting].filter(([, waiting]) => waiting.length > 0).map(([destination]) => destination);
  }

  async next(destination: ServerName, limit: number): Promise<readonly { sequence: number; event: EventRecord }[]> {
    return this.#of(destination)
      .slice(0, limit)
      .map(({ sequence, roomId, eventId }) => ({ sequence, event: this.#eventOf(roomId, eventId) }));
  }

  async done(destination: ServerName, upTo: number): Promise<void> {
    this.#waiting.set(
      destination,
      this.#of(destination).filter(({ sequence }) => sequence > upTo),
    );
  }

  async waiting(destination: ServerName): Promise<number> {
    return this.#of(destination).length;
  }

  async thinOut(destination: ServerName): Promise<number> {
    const waiting = this.#of(destination);
    const newest = new Map(waiting.map(({ roomId, sequence }) => [roomId, sequence]));
    const kept = waiting.filter(({ roomId, sequence }) => newest.get(roomId) === sequence);
    this.#waiting.set(destination, kept);
    return waiting.length - kept.length;
  }

  #of(destination: ServerName): readonly Waiting[] {
    return this.#waiting.get(destination) ?? [];
  }
}
