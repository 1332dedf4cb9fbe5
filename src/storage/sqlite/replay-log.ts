import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { PersonInRoom } from '../../policy/memory/ports.ts';
import type { MessageCount, ReplayEntry, ReplayLog } from '../../policy/replay/ports.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { VERDICTS_READ_BY_PEOPLE, toPerson } from './people.ts';
import { reading } from './reading.ts';
import { integerOf, optionalTextOf, textOf } from './row.ts';
import { VerdictRows } from './verdict-rows.ts';

/** Verdicts are stored so much later than they are made, at the most, and then by a wide margin. */
const OUT_OF_ORDER_MS = 60_000;

export class SqliteReplayLog implements ReplayLog {
  readonly #rows: VerdictRows;
  readonly #selectNext: StatementSync;
  readonly #selectLast: StatementSync;
  readonly #select: StatementSync;
  readonly #selectWithEvents: StatementSync;
  readonly #selectShadowed: StatementSync;
  readonly #selectConfiguration: StatementSync;
  readonly #selectPerson: StatementSync;
  readonly #selectPosition: StatementSync;
  readonly #selectMessages: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#rows = new VerdictRows(connection);
    const span = 'id > ? AND id <= ? AND revision = 1';
    this.#selectNext = connection.prepare('SELECT id, decided_at FROM verdicts WHERE id >= ? ORDER BY id LIMIT 1');
    this.#selectLast = connection.prepare('SELECT coalesce(max(id), 0) AS last FROM verdicts');
    this.#select = connection.prepare(`SELECT * FROM verdicts WHERE ${span} ORDER BY id LIMIT ?`);
    const withEvents =
      'SELECT verdicts.*, judged_events.event FROM verdicts LEFT JOIN judged_events ON verdict_id = id';
    this.#selectWithEvents = connection.prepare(`${withEvents} WHERE ${span} ORDER BY id LIMIT ?`);
    this.#selectShadowed = connection.prepare(`${withEvents} WHERE shadow IS NOT NULL AND ${span} ORDER BY id LIMIT ?`);
    this.#selectConfiguration = connection.prepare('SELECT document FROM configurations WHERE fingerprint = ?');
    this.#selectPerson = connection.prepare(
      'SELECT people.*, room_id FROM people JOIN people_rooms USING (people_room_key) WHERE user_id = ?',
    );
    this.#selectPosition = connection.prepare('SELECT position FROM readers WHERE name = ?');
    this.#selectMessages = connection.prepare(
      `SELECT sender, room_id, count(*) AS messages FROM verdicts
       WHERE ${span} AND refusal IS NULL AND json_extract(facts, '$.measure.kind') IN ('message', 'media')
       GROUP BY sender, room_id`,
    );
  }

  /** Positions follow the time but for a little, so that half of what is left can be passed over at a time. */
  async positionBefore(time: number): Promise<number> {
    let [low, high] = [0, await this.lastPosition()];
    while (low < high) {
      const middle = Math.floor((low + high) / 2) + 1;
      const row = reading(() => this.#selectNext.get(middle));
      const isBefore = row !== undefined && integerOf(row, 'decided_at') < time - OUT_OF_ORDER_MS;
      if (isBefore) low = Math.max(middle, integerOf(row, 'id'));
      else high = middle - 1;
    }
    return low;
  }

  async lastPosition(): Promise<number> {
    return integerOf(reading(() => this.#selectLast.get()) ?? {}, 'last');
  }

  async read(span: Parameters<ReplayLog['read']>[0]): Promise<readonly ReplayEntry[]> {
    const { after, upTo, limit, withEvents, shadowedOnly = false } = span;
    const select = shadowedOnly ? this.#selectShadowed : withEvents ? this.#selectWithEvents : this.#select;
    return reading(() => select.all(after, upTo, limit)).map((row) => ({
      position: integerOf(row, 'id'),
      verdict: this.#rows.read(row),
      event: withEvents ? optionalTextOf(row, 'event') : undefined,
    }));
  }

  async configuration(fingerprint: string): Promise<string | undefined> {
    const row = reading(() => this.#selectConfiguration.get(fingerprint));
    return row === undefined ? undefined : textOf(row, 'document');
  }

  async people(userIds: readonly UserId[]): Promise<readonly PersonInRoom[]> {
    return reading(() => userIds.flatMap((userId) => this.#selectPerson.all(userId).map(toPerson)));
  }

  async peoplePosition(): Promise<number> {
    const row = reading(() => this.#selectPosition.get(VERDICTS_READ_BY_PEOPLE));
    return row === undefined ? 0 : integerOf(row, 'position');
  }

  async messagesBetween(after: number, upTo: number): Promise<readonly MessageCount[]> {
    return reading(() => this.#selectMessages.all(after, upTo)).map((row) => ({
      userId: textOf(row, 'sender') as UserId,
      roomId: textOf(row, 'room_id') as RoomId,
      messages: integerOf(row, 'messages'),
    }));
  }
}

/** Of a database that another thread or process writes: for threads of their own. */
export function openReplayLog(path: string): ReplayLog & Disposable {
  const connection = reading(() => new DatabaseSync(path, { readOnly: true, timeout: 5_000 }));
  const log = new SqliteReplayLog(connection);
  return Object.assign(log, { [Symbol.dispose]: () => connection.close() });
}
