import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { LoggedVerdict, VerdictLog } from '../../policy/memory/ports.ts';
import type { JudgedEvents, LatestDecision, VerdictStore } from '../../policy/ports.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { AnswerForms } from './answer-forms.ts';
import type { GroupCommit } from './group-commit.ts';
import { CHUNK, nextTurn, reading } from './reading.ts';
import { integerOf, textOf } from './row.ts';
import { INSERT_VERDICT, toVerdictRow, VerdictRows, type VerdictRow } from './verdict-rows.ts';

export class SqliteVerdictStore implements VerdictStore, VerdictLog {
  readonly #group: GroupCommit;
  readonly #forms: AnswerForms;
  readonly #rows: VerdictRows;
  readonly #insert: StatementSync;
  readonly #selectRevision: StatementSync;
  readonly #selectLatest: StatementSync;
  readonly #selectHistory: StatementSync;
  readonly #selectByReference: StatementSync;
  readonly #selectLog: StatementSync;
  readonly #selectLast: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #selectEvent: StatementSync;
  readonly judgedEvents: JudgedEvents = {
    find: async (eventId) => {
      const row = reading(() => this.#selectEvent.all(eventId))[0];
      return row === undefined ? undefined : textOf(row, 'event');
    },
  };
  readonly #latest: LRUCache<EventId, LatestDecision>;
  readonly #positions = new WeakMap<Verdict, number>();

  constructor(connection: DatabaseSync, group: GroupCommit, options: { cachedVerdicts: number }) {
    this.#group = group;
    this.#forms = new AnswerForms(connection);
    this.#rows = new VerdictRows(connection, this.#forms);
    this.#latest = new LRUCache({ max: options.cachedVerdicts });
    this.#insert = connection.prepare(INSERT_VERDICT);
    this.#selectRevision = connection.prepare('SELECT * FROM verdicts WHERE event_id = ? AND revision = ?');
    this.#selectLatest = connection.prepare('SELECT * FROM verdicts WHERE event_id = ? ORDER BY revision DESC LIMIT 1');
    this.#selectHistory = connection.prepare('SELECT * FROM verdicts WHERE event_id = ? ORDER BY revision');
    this.#insertEvent = connection.prepare('INSERT INTO judged_events VALUES (?, ?)');
    this.#selectEvent = connection.prepare(
      'SELECT event FROM judged_events JOIN verdicts ON id = verdict_id WHERE event_id = ? ORDER BY revision LIMIT 1',
    );
    this.#selectByReference = connection.prepare(
      `SELECT * FROM verdicts WHERE event_id IN (SELECT event_id FROM verdicts WHERE reference = ?)
       ORDER BY event_id, revision`,
    );
    this.#selectLog = connection.prepare('SELECT * FROM verdicts WHERE id > ? ORDER BY id LIMIT ?');
    this.#selectLast = connection.prepare('SELECT coalesce(max(id), 0) AS last FROM verdicts');
  }

  async latest(eventId: EventId): Promise<LatestDecision | undefined> {
    const cached = this.#latest.get(eventId);
    if (cached !== undefined && !this.#group.isClosed) return cached;
    const verdict = await this.find(eventId);
    if (verdict !== undefined) this.remember(verdict);
    return verdict;
  }

  async find(eventId: EventId): Promise<Verdict | undefined> {
    const row = reading(() => this.#selectLatest.all(eventId))[0];
    if (row === undefined) return undefined;
    // It may have been written a moment ago: no verdict is answered that a power cut could take back.
    await this.#group.durable();
    return this.#rows.read(row);
  }

  async findByReference(reference: string): Promise<readonly Verdict[]> {
    return reading(() => this.#selectByReference.all(reference)).map((row) => this.#rows.read(row));
  }

  async history(eventId: EventId): Promise<readonly Verdict[]> {
    return reading(() => this.#selectHistory.all(eventId)).map((row) => this.#rows.read(row));
  }

  async add(verdict: Verdict, event?: string): Promise<Verdict> {
    const row = toVerdictRow(verdict);
    const stored = await this.#group.run(() => {
      if (this.#insertNow(verdict, row, event)) return verdict;
      const first = this.#selectRevision.get(verdict.eventId, verdict.revision);
      if (first === undefined) throw new Error('a verdict was neither stored nor there before');
      return this.#rows.read(first);
    });
    if (row.answers !== undefined) this.#forms.learn(row.answers.questions);
    if (stored === verdict) this.remember(verdict);
    return stored;
  }

  /** Inside a write; false where there is one of that revision. Once it is durable it is to be remembered. */
  insert(verdict: Verdict): boolean {
    return this.#insertNow(verdict, toVerdictRow(verdict), undefined);
  }

  #insertNow(verdict: Verdict, { values, answers }: VerdictRow, event: string | undefined): boolean {
    const form = answers === undefined ? null : this.#forms.idOf(answers.questions);
    const { changes, lastInsertRowid } = this.#insert.run(...values, form, answers?.values ?? null);
    if (changes === 0) return false;
    this.#positions.set(verdict, Number(lastInsertRowid));
    if (event !== undefined) this.#insertEvent.run(lastInsertRowid, event);
    return true;
  }

  positionOf(verdict: Verdict): number | undefined {
    return this.#positions.get(verdict);
  }

  async lastPosition(): Promise<number> {
    const [row] = reading(() => this.#selectLast.all());
    return row === undefined ? 0 : integerOf(row, 'last');
  }

  async log(after: number, limit: number): Promise<readonly LoggedVerdict[]> {
    const logged: LoggedVerdict[] = [];
    for (let from = after; logged.length < limit;) {
      const wanted = Math.min(CHUNK, limit - logged.length);
      const rows = reading(() => this.#selectLog.all(from, wanted));
      for (const row of rows) logged.push({ position: integerOf(row, 'id'), verdict: this.#rows.read(row) });
      if (rows.length < wanted) break;
      from = logged.at(-1)?.position ?? from;
      if (logged.length < limit) await nextTurn();
    }
    // What was read may have been written a moment ago.
    await this.#group.durable();
    return logged;
  }

  /** What is durable. */
  remember({ eventId, revision, referenceHash, roomId, sender, reference, decision }: Verdict): void {
    const cached = this.#latest.get(eventId);
    if (cached !== undefined && cached.revision >= revision) return;
    this.#latest.set(eventId, { revision, referenceHash, roomId, sender, reference, decision });
  }
}
