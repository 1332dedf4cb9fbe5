import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalText } from '../../protocol/canonical-json.ts';
import type { ErasableEvents } from '../../rooms/graph/ports.ts';
import { SELECT_EVENTS, toEventRecord } from './event-rows.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf } from './row.ts';

/** How many events one page looks at: senders have no index. */
const SCANNED_AT_ONCE = 5_000;

export class SqliteErasableEvents implements ErasableEvents {
  readonly #group: GroupCommit;
  readonly #selectOfSender: StatementSync;
  readonly #selectLatest: StatementSync;
  readonly #update: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    // Events are canonical JSON: most are passed over without being read as JSON.
    this.#selectOfSender = connection.prepare(
      `${SELECT_EVENTS} WHERE position > ? AND position <= ? AND instr(event, ?) > 0 ORDER BY position`,
    );
    this.#selectLatest = connection.prepare('SELECT coalesce(max(position), 0) AS latest FROM events');
    this.#update = connection.prepare(
      'UPDATE events SET event = ? WHERE event_id = ? AND room_key = (SELECT room_key FROM rooms WHERE room_id = ?)',
    );
  }

  async eventsOf(sender: string, after: number): ReturnType<ErasableEvents['eventsOf']> {
    const upTo = after + SCANNED_AT_ONCE;
    const needle = `"sender":${JSON.stringify(sender)}`;
    const rows = reading(() => this.#selectOfSender.all(after, upTo, needle));
    const latest = integerOf(reading(() => this.#selectLatest.get()) ?? {}, 'latest');
    const events = rows.map(toEventRecord).filter((event) => event.sender === sender);
    return { events, next: upTo < latest ? upTo : undefined };
  }

  async replaceContent(events: Parameters<ErasableEvents['replaceContent']>[0]): Promise<void> {
    const rows = events.map(({ roomId, eventId, raw }) => [canonicalText(raw), eventId, roomId] as const);
    await this.#group.run(() => {
      for (const row of rows) this.#update.run(...row);
    });
  }
}
