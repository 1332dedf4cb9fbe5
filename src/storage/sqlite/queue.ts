import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { QueueChange, QueueItem, QueueQuery, QueueStore } from '../../policy/moderation/ports.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { ActionFor } from '../../policy/ports.ts';
import { ActionRows } from './action-log.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf, optionalIntegerOf, optionalTextOf, textOf, type Row } from './row.ts';
import { VerdictRows } from './verdict-rows.ts';

const SELECT = `
  SELECT verdicts.*, queue.id AS item, kind, statement, created_at, status, claimed_by, queue.decided_by AS by_whom,
    queue.decided_at AS at, decision, note
  FROM queue JOIN verdicts ON verdicts.id = verdict_id`;

/** A list of ids as one parameter. */
const IN_ROOMS = '(?1 IS NULL OR queue.room_id IN (SELECT value FROM json_each(?1)))';

export class SqliteQueueStore implements QueueStore {
  readonly #group: GroupCommit;
  readonly #actions: ActionRows;
  readonly #rows: VerdictRows;
  readonly #takeIn: StatementSync;
  readonly #move: StatementSync;
  readonly #insertAppeal: StatementSync;
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #listWithStatus: StatementSync;
  readonly #change: StatementSync;
  readonly #count: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#actions = new ActionRows(connection);
    this.#rows = new VerdictRows(connection);
    this.#takeIn = connection.prepare(
      `INSERT INTO queue (kind, verdict_id, room_id, statement, created_at)
         SELECT 'flag', id, room_id, '', ? FROM verdicts
         WHERE id > (SELECT verdict_id FROM queue_position) AND flags IS NOT NULL ORDER BY id`,
    );
    this.#move = connection.prepare(
      'UPDATE queue_position SET verdict_id = max(verdict_id, coalesce((SELECT max(id) FROM verdicts), 0))',
    );
    this.#insertAppeal = connection.prepare(
      `INSERT INTO queue (kind, verdict_id, room_id, statement, created_at)
         SELECT 'appeal', id, room_id, ?1, ?2 FROM verdicts WHERE event_id = ?3 AND revision = ?4 AND NOT EXISTS
           (SELECT 1 FROM queue WHERE verdict_id = verdicts.id AND kind = 'appeal' AND status <> 'decided')`,
    );
    this.#find = connection.prepare(`${SELECT} WHERE queue.id = ?`);
    this.#list = connection.prepare(`${SELECT} WHERE ${IN_ROOMS} AND queue.id < ?2 ORDER BY queue.id DESC LIMIT ?3`);
    this.#listWithStatus = connection.prepare(
      `${SELECT} WHERE ${IN_ROOMS} AND queue.id < ?2 AND status = ?4 ORDER BY queue.id DESC LIMIT ?3`,
    );
    this.#change = connection.prepare(
      `UPDATE queue SET status = coalesce(?3, status), claimed_by = iif(?4, ?5, claimed_by),
         decided_by = coalesce(?6, decided_by), decided_at = coalesce(?7, decided_at),
         decision = coalesce(?8, decision), note = coalesce(?9, note)
       WHERE id = ?1 AND status = ?2`,
    );
    this.#count = connection.prepare("SELECT count(*) AS waiting FROM queue WHERE status IN ('open', 'claimed')");
  }

  async takeInFlags(now: number): Promise<number> {
    return await this.#group.run(() => {
      const { changes } = this.#takeIn.run(now);
      this.#move.run();
      return Number(changes);
    });
  }

  async addAppeal(
    verdict: Verdict,
    statement: string,
    now: number,
    actionFor?: ActionFor<QueueItem>,
  ): Promise<QueueItem | undefined> {
    return await this.#group.run(() => {
      const added = this.#insertAppeal.run(statement, now, verdict.eventId, verdict.revision);
      if (added.changes === 0) return undefined;
      const row = this.#find.get(added.lastInsertRowid);
      if (row === undefined) return undefined;
      const item = toItem(row, this.#rows.read(row));
      if (actionFor !== undefined) this.#actions.insert(actionFor(item));
      return item;
    });
  }

  async find(id: number): Promise<QueueItem | undefined> {
    const row = reading(() => this.#find.get(id));
    return row === undefined ? undefined : toItem(row, this.#rows.read(row));
  }

  async list({ rooms, status, before, limit }: QueueQuery): Promise<readonly QueueItem[]> {
    const inRooms = rooms === undefined ? null : JSON.stringify(rooms);
    const end = before ?? Number.MAX_SAFE_INTEGER;
    return reading(() =>
      status === undefined
        ? this.#list.all(inRooms, end, limit)
        : this.#listWithStatus.all(inRooms, end, limit, status),
    ).map((row) => toItem(row, this.#rows.read(row)));
  }

  async change(
    id: number,
    from: QueueItem['status'],
    change: QueueChange,
    actionFor?: ActionFor<number>,
  ): Promise<boolean> {
    const { status, decidedBy, decidedAt, decision, note } = change;
    const changesClaim = 'claimedBy' in change ? 1 : 0;
    const values: SQLInputValue[] = [id, from, status ?? null, changesClaim, change.claimedBy ?? null];
    values.push(decidedBy ?? null, decidedAt ?? null, decision ?? null, note ?? null);
    return await this.#group.run(() => {
      if (this.#change.run(...values).changes === 0) return false;
      if (actionFor !== undefined) this.#actions.insert(actionFor(id));
      return true;
    });
  }

  async waiting(): Promise<number> {
    const row = reading(() => this.#count.get());
    return row === undefined ? 0 : integerOf(row, 'waiting');
  }
}

function toItem(row: Row, verdict: Verdict): QueueItem {
  return {
    id: integerOf(row, 'item'),
    kind: textOf(row, 'kind') === 'flag' ? 'flag' : 'appeal',
    verdict,
    statement: textOf(row, 'statement'),
    createdAt: integerOf(row, 'created_at'),
    status: textOf(row, 'status') as QueueItem['status'],
    claimedBy: optionalTextOf(row, 'claimed_by'),
    decidedBy: optionalTextOf(row, 'by_whom'),
    decidedAt: optionalIntegerOf(row, 'at'),
    decision: optionalTextOf(row, 'decision') as QueueItem['decision'],
    note: textOf(row, 'note'),
  };
}
