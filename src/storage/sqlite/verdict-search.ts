import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { FoundVerdicts, VerdictQuery, VerdictSearch } from '../../policy/moderation/ports.ts';
import { reading } from './reading.ts';
import { integerOf, type Row } from './row.ts';
import { VerdictRows } from './verdict-rows.ts';

/** How many verdicts one page looks at where no index leads to those that are wanted. */
const MAX_SCANNED = 2_000;
const NOTEWORTHY = '(refusal IS NOT NULL OR flags IS NOT NULL OR shadow IS NOT NULL)';

export class SqliteVerdictSearch implements VerdictSearch {
  readonly #connection: DatabaseSync;
  readonly #read: VerdictRows;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    this.#read = new VerdictRows(connection);
  }

  async search(query: VerdictQuery): Promise<FoundVerdicts> {
    return query.noteworthyOnly ? this.#searchNoteworthy(query) : this.#scan(query);
  }

  #searchNoteworthy(query: VerdictQuery): FoundVerdicts {
    const { limit } = query;
    const ids = this.#noteworthyIds(query);
    const one = this.#statement('SELECT * FROM verdicts WHERE id = ?');
    const page = ids.slice(0, limit).flatMap((id) => reading(() => one.all(id)).map((row) => this.#found(row)));
    return { verdicts: page, next: ids.length > limit ? ids[limit - 1] : undefined };
  }

  /** Newest first, and one more than wanted where there are more. */
  #noteworthyIds(query: VerdictQuery): readonly number[] {
    const { rooms, limit, sender, decidedBy } = query;
    const [conditions, values] = conditionsOf(query);
    const where = [NOTEWORTHY, 'id < ?', ...conditions];
    const given = [query.before ?? Number.MAX_SAFE_INTEGER, ...values];
    if (rooms === undefined) {
      const index = sender === undefined && decidedBy === undefined ? 'INDEXED BY noteworthy' : '';
      return this.#ids(index, where, [...given, limit + 1]);
    }
    // The rooms of a community are many: what one sender or one rule did is less.
    if (sender !== undefined || decidedBy !== undefined) {
      const index = `INDEXED BY noteworthy_by_${sender === undefined ? 'decider' : 'sender'}`;
      const inRooms = withoutIndex('room_id IN (SELECT value FROM json_each(?))');
      return this.#ids(index, [...where, inRooms], [...given, JSON.stringify(rooms), limit + 1]);
    }
    // Each room has its place in an index: the newest of each are put together.
    const index = 'INDEXED BY noteworthy_by_room';
    return rooms
      .flatMap((roomId) => this.#ids(index, [...where, 'room_id = ?'], [...given, roomId, limit + 1]))
      .sort((a, b) => b - a)
      .slice(0, limit + 1);
  }

  #ids(index: string, where: readonly string[], values: readonly SQLInputValue[]): number[] {
    const sql = `SELECT id FROM verdicts ${index} WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`;
    return reading(() => this.#statement(sql).all(...values)).map((row) => integerOf(row, 'id'));
  }

  /** Looks at verdicts one by one, newest first, a bounded number of them. */
  #scan(query: VerdictQuery): FoundVerdicts {
    const { rooms, limit } = query;
    const end = query.before ?? Number.MAX_SAFE_INTEGER;
    const scanned = this.#statement(
      `SELECT min(id) AS lowest FROM (SELECT id FROM verdicts WHERE id < ? ORDER BY id DESC LIMIT ${String(MAX_SCANNED)})`,
    );
    const row = reading(() => scanned.get(end));
    if (row?.['lowest'] === undefined || row['lowest'] === null) return { verdicts: [], next: undefined };
    const lowest = integerOf(row, 'lowest');
    const [conditions, values] = conditionsOf(query);
    const inRooms = rooms === undefined ? [] : ['room_id IN (SELECT value FROM json_each(?))'];
    const where = ['id < ?', 'id >= ?', ...conditions.map(withoutIndex), ...inRooms.map(withoutIndex)];
    const given = [end, lowest, ...values, ...(rooms === undefined ? [] : [JSON.stringify(rooms)])];
    const found = this.#rows(where, [...given, limit + 1]).map((one) => this.#found(one));
    const page = found.slice(0, limit);
    if (found.length > limit) return { verdicts: page, next: page.at(-1)?.position };
    return { verdicts: page, next: lowest > 1 ? lowest : undefined };
  }

  #rows(where: readonly string[], values: readonly SQLInputValue[]): Row[] {
    const sql = `SELECT * FROM verdicts WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`;
    return reading(() => this.#statement(sql).all(...values));
  }

  #found(row: Row): FoundVerdicts['verdicts'][number] {
    return { position: integerOf(row, 'id'), verdict: this.#read.read(row) };
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function conditionsOf({ sender, decidedBy, outcome }: VerdictQuery): readonly [string[], SQLInputValue[]] {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  if (sender !== undefined) {
    conditions.push('sender = ?');
    values.push(sender);
  }
  if (decidedBy !== undefined) {
    conditions.push('decided_by = ?');
    values.push(decidedBy);
  }
  if (outcome !== undefined) conditions.push(outcome === 'refuse' ? 'refusal IS NOT NULL' : 'refusal IS NULL');
  return [conditions, values];
}

/** The span of ids bounds the work; an index on another column would not. */
function withoutIndex(condition: string): string {
  return `+${condition}`;
}
