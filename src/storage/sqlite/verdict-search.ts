import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { FoundVerdicts, VerdictQuery, VerdictSearch } from '../../policy/moderation/ports.ts';
import { reading } from './reading.ts';
import { integerOf, type Row } from './row.ts';
import { toVerdict } from './verdicts.ts';

/** How many verdicts one page looks at where no index leads to those that are wanted. */
const MAX_SCANNED = 5_000;
const NOTEWORTHY = '(refusal IS NOT NULL OR flags IS NOT NULL OR shadow IS NOT NULL)';

export class SqliteVerdictSearch implements VerdictSearch {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  async search(query: VerdictQuery): Promise<FoundVerdicts> {
    return query.noteworthyOnly ? this.#searchNoteworthy(query) : this.#scan(query);
  }

  /** Each room has its place in an index: the newest of each are put together. */
  #searchNoteworthy(query: VerdictQuery): FoundVerdicts {
    const { rooms, limit } = query;
    const end = query.before ?? Number.MAX_SAFE_INTEGER;
    const [conditions, values] = conditionsOf(query);
    const where = [NOTEWORTHY, 'id < ?', ...conditions];
    const given = [end, ...values];
    const rows =
      rooms === undefined
        ? this.#rows(where, [...given, limit + 1])
        : rooms.flatMap((roomId) => this.#rows([...where, 'room_id = ?'], [...given, roomId, limit + 1]));
    const newest = rows.sort((a, b) => integerOf(b, 'id') - integerOf(a, 'id'));
    const page = newest.slice(0, limit).map(toFound);
    return { verdicts: page, next: newest.length > limit ? page.at(-1)?.position : undefined };
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
    const found = this.#rows(where, [...given, limit + 1]).map(toFound);
    const page = found.slice(0, limit);
    if (found.length > limit) return { verdicts: page, next: page.at(-1)?.position };
    return { verdicts: page, next: lowest > 1 ? lowest : undefined };
  }

  #rows(where: readonly string[], values: readonly SQLInputValue[]): Row[] {
    const sql = `SELECT * FROM verdicts WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`;
    return reading(() => this.#statement(sql).all(...values));
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

function toFound(row: Row): FoundVerdicts['verdicts'][number] {
  return { position: integerOf(row, 'id'), verdict: toVerdict(row) };
}
