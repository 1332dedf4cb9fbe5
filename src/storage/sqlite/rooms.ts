import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalText } from '../../protocol/canonical-json.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { isJsonObject, parseJson } from '../../protocol/json.ts';
import type { RoomRecord, RoomStore, StoredStateEvent } from '../../rooms/ports.ts';
import { StorageError } from '../storage-error.ts';
import type { GroupCommit } from './group-commit.ts';
import { integerOf, optionalIntegerOf, textOf, type Row } from './row.ts';
import { toStorageError } from './sqlite-errors.ts';
import { StateSets, type StateRow } from './state-sets.ts';

/** Rows written, or events parsed, before the event loop gets its turn. */
const CHUNK = 200;

/**
 * A whole state is written in chunks, beside the current one and together with other writes; a last small write lets it
 * take its place. So neither the event loop nor other writers wait for it, and a crash leaves the old state.
 */
export class SqliteRoomStore implements RoomStore {
  readonly #group: GroupCommit;
  readonly #sets: StateSets;
  /** Rooms whose state is being replaced: later writes to the same room come after that. */
  readonly #replacements = new Map<RoomId, Promise<void>>();
  readonly #selectRooms: StatementSync;
  readonly #putRecord: StatementSync;
  readonly #addRoom: StatementSync;
  readonly #selectRoom: StatementSync;
  readonly #setStateSet: StatementSync;
  readonly #addKnownEvent: StatementSync;
  readonly #countNewEvents: StatementSync;
  readonly #selectKnownEvent: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#sets = new StateSets(connection);
    this.#selectRooms = connection.prepare('SELECT record FROM rooms WHERE record IS NOT NULL ORDER BY room_key');
    this.#putRecord = connection.prepare(
      `INSERT INTO rooms (room_id, record) VALUES (?, ?)
       ON CONFLICT (room_id) DO UPDATE SET record = excluded.record`,
    );
    this.#addRoom = connection.prepare('INSERT INTO rooms (room_id) VALUES (?) ON CONFLICT (room_id) DO NOTHING');
    this.#selectRoom = connection.prepare('SELECT room_key, state_set, known_events FROM rooms WHERE room_id = ?');
    this.#setStateSet = connection.prepare('UPDATE rooms SET state_set = ? WHERE room_id = ?');
    this.#addKnownEvent = connection.prepare('INSERT INTO known_events VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#countNewEvents = connection.prepare('UPDATE rooms SET known_events = known_events + ? WHERE room_key = ?');
    this.#selectKnownEvent = connection.prepare(
      `SELECT 1 FROM known_events WHERE event_id = ? AND room_key = (SELECT room_key FROM rooms WHERE room_id = ?)`,
    );
  }

  async rooms(): Promise<readonly RoomRecord[]> {
    const rows = reading(() => this.#selectRooms.all());
    return rows.map((row) => JSON.parse(textOf(row, 'record')) as RoomRecord);
  }

  async putRoom(record: RoomRecord): Promise<void> {
    await this.#replacements.get(record.roomId);
    await this.#group.run(() => this.#putRecord.run(record.roomId, JSON.stringify(record)));
  }

  async replaceState(record: RoomRecord, state: readonly Pdu[]): Promise<void> {
    const { roomId } = record;
    const replacement = this.#replaceAfter(this.#replacements.get(roomId), record, state);
    const settled = replacement.catch(() => undefined);
    this.#replacements.set(roomId, settled);
    try {
      await replacement;
    } finally {
      if (this.#replacements.get(roomId) === settled) this.#replacements.delete(roomId);
    }
  }

  async state(roomId: RoomId): Promise<readonly StoredStateEvent[]> {
    const rows = reading(() => {
      const set = this.#currentSetOf(roomId);
      return set === undefined ? [] : this.#sets.rows(set);
    });
    const events: StoredStateEvent[] = [];
    for (const [i, row] of rows.entries()) {
      if (i > 0 && i % CHUNK === 0) await nextTurn();
      events.push(toStateEvent(row));
    }
    return events;
  }

  async stateEvent(roomId: RoomId, type: string, stateKey: string): Promise<StoredStateEvent | undefined> {
    const row = reading(() => {
      const set = this.#currentSetOf(roomId);
      return set === undefined ? undefined : this.#sets.row(set, type, stateKey);
    });
    return row === undefined ? undefined : toStateEvent(row);
  }

  async putStateEvent(pdu: Pdu): Promise<void> {
    const row = toStateRow(pdu);
    await this.#replacements.get(pdu.roomId);
    await this.#group.run(() => {
      this.#addRoom.run(pdu.roomId);
      this.#sets.put(this.#currentSetOf(pdu.roomId) ?? this.#startSet(pdu.roomId), row);
    });
  }

  async addKnownEvents(roomId: RoomId, eventIds: readonly EventId[]): Promise<void> {
    for (let i = 0; i < eventIds.length; i += CHUNK) {
      const chunk = eventIds.slice(i, i + CHUNK);
      await this.#group.run(() => {
        this.#addRoom.run(roomId);
        const roomKey = this.#roomKeyOf(roomId);
        let added = 0;
        for (const eventId of chunk) added += Number(this.#addKnownEvent.run(roomKey, eventId).changes);
        this.#countNewEvents.run(added, roomKey);
      });
    }
  }

  async isKnownEvent(roomId: RoomId, eventId: EventId): Promise<boolean> {
    return reading(() => this.#selectKnownEvent.get(eventId, roomId)) !== undefined;
  }

  async countKnownEvents(roomId: RoomId): Promise<number> {
    const row = reading(() => this.#selectRoom.get(roomId));
    return row === undefined ? 0 : integerOf(row, 'known_events');
  }

  /** Removes what replacements that were interrupted have left behind. */
  async discardLooseStates(): Promise<void> {
    for (const set of this.#sets.loose()) await this.#discard(set);
  }

  async #replaceAfter(earlier: Promise<void> | undefined, record: RoomRecord, state: readonly Pdu[]): Promise<void> {
    await earlier;
    const set = this.#sets.allocate();
    await this.#group.run(() => this.#sets.markLoose(set));
    let previous: number | undefined;
    try {
      await this.#fill(set, state);
      previous = await this.#group.run(() => this.#takeItsPlace(record, set));
    } catch (error) {
      await this.#discardIfPossible(set);
      throw error;
    }
    if (previous !== undefined) await this.#discardIfPossible(previous);
  }

  /** Returns the set that was the room's state until now. */
  #takeItsPlace(record: RoomRecord, set: number): number | undefined {
    this.#putRecord.run(record.roomId, JSON.stringify(record));
    const previous = this.#currentSetOf(record.roomId);
    this.#setStateSet.run(set, record.roomId);
    this.#sets.unmarkLoose(set);
    if (previous !== undefined) this.#sets.markLoose(previous);
    return previous;
  }

  async #fill(set: number, state: readonly Pdu[]): Promise<void> {
    for (let i = 0; i < state.length; i += CHUNK) {
      const rows = state.slice(i, i + CHUNK).map(toStateRow);
      await this.#group.run(() => {
        for (const row of rows) this.#sets.put(set, row);
      });
    }
  }

  /** What cannot be removed now is removed at the next start. */
  async #discardIfPossible(set: number): Promise<void> {
    try {
      await this.#discard(set);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }

  async #discard(set: number): Promise<void> {
    let removed: number;
    do removed = await this.#group.run(() => this.#sets.removeSome(set, CHUNK));
    while (removed > 0);
    await this.#group.run(() => this.#sets.unmarkLoose(set));
  }

  #startSet(roomId: RoomId): number {
    const set = this.#sets.allocate();
    this.#setStateSet.run(set, roomId);
    return set;
  }

  #currentSetOf(roomId: RoomId): number | undefined {
    const row = this.#selectRoom.get(roomId);
    return row === undefined ? undefined : optionalIntegerOf(row, 'state_set');
  }

  #roomKeyOf(roomId: RoomId): number {
    return integerOf(this.#selectRoom.get(roomId) ?? {}, 'room_key');
  }
}

function toStateRow(pdu: Pdu): StateRow {
  const { type, stateKey, eventId, depth } = pdu;
  if (stateKey === undefined) throw new TypeError(`${eventId} is no state event`);
  return { type, stateKey, eventId, depth, event: canonicalText(pdu.raw) };
}

function toStateEvent(row: Row): StoredStateEvent {
  const parsed = parseJson(textOf(row, 'event'));
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    throw new StorageError('corrupt', 'The database holds a state event that is no JSON object.');
  }
  return { eventId: textOf(row, 'event_id') as EventId, raw: parsed.value };
}

function reading<T>(query: () => T): T {
  try {
    return query();
  } catch (error) {
    throw toStorageError(error);
  }
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
