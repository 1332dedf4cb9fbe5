import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ContentStore, ForgottenContent, KeptContent } from '../../policy/retention/ports.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { AnswerForms } from './answer-forms.ts';
import type { GroupCommit } from './group-commit.ts';
import { nextTurn, reading } from './reading.ts';
import { integerOf, optionalTextOf, type Row } from './row.ts';
import { jsonOf, packedFacts, VerdictRows } from './verdict-rows.ts';

/** How many verdicts one page looks at: senders have no index of all that was judged. */
const SCANNED_AT_ONCE = 5_000;
/** Another thread may be reading; it never reads for long. */
const SCRUB_ATTEMPTS = 100;

const STATEMENTS_OF_SENDER = `statement NOT IN ('', ?2)
  AND verdict_id IN (SELECT id FROM verdicts WHERE sender = ?1 AND refusal IS NOT NULL)`;

export class SqliteContentStore implements ContentStore {
  readonly #connection: DatabaseSync;
  readonly #group: GroupCommit;
  readonly #forms: AnswerForms;
  readonly #rows: VerdictRows;
  readonly #selectOldest: StatementSync;
  readonly #selectOfSender: StatementSync;
  readonly #selectLast: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #replaceStatements: StatementSync;
  readonly #countStatements: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#connection = connection;
    this.#group = group;
    this.#forms = new AnswerForms(connection);
    this.#rows = new VerdictRows(connection, this.#forms);
    this.#selectOldest = connection.prepare(
      `SELECT verdicts.*, judged_events.event FROM judged_events JOIN verdicts ON id = verdict_id
       ORDER BY verdict_id LIMIT ?`,
    );
    this.#selectOfSender = connection.prepare(
      `SELECT verdicts.*, judged_events.event FROM verdicts LEFT JOIN judged_events ON verdict_id = id
       WHERE id > ? AND id <= ? AND +sender = ? ORDER BY id`,
    );
    this.#selectLast = connection.prepare('SELECT coalesce(max(id), 0) AS last FROM verdicts');
    this.#update = connection.prepare(
      'UPDATE verdicts SET evidence = ?, flags = ?, shadow = ?, facts = ?, answer_form = ?, answers = ? WHERE id = ?',
    );
    this.#remove = connection.prepare('DELETE FROM judged_events WHERE verdict_id = ?');
    this.#replaceStatements = connection.prepare(`UPDATE queue SET statement = ?2 WHERE ${STATEMENTS_OF_SENDER}`);
    this.#countStatements = connection.prepare(`SELECT count(*) AS found FROM queue WHERE ${STATEMENTS_OF_SENDER}`);
  }

  async keptBefore(time: number, limit: number): Promise<readonly KeptContent[]> {
    const oldest = reading(() => this.#selectOldest.all(limit)).map((row) => this.#content(row));
    return oldest.filter(({ verdict }) => verdict.decidedAt < time);
  }

  async ofSender(sender: UserId, after: number): ReturnType<ContentStore['ofSender']> {
    const upTo = after + SCANNED_AT_ONCE;
    const found = reading(() => this.#selectOfSender.all(after, upTo, sender)).map((row) => this.#content(row));
    const last = integerOf(reading(() => this.#selectLast.get()) ?? {}, 'last');
    return { found, next: upTo < last ? upTo : undefined };
  }

  async forget(contents: readonly ForgottenContent[]): Promise<void> {
    await this.#group.run(() => {
      for (const { position, evidence, flags, shadow, facts } of contents) {
        this.#remove.run(position);
        const { json, answers } = packedFacts(facts);
        const form = answers === undefined ? null : this.#forms.idOf(answers.questions);
        const asked = [form, answers?.values ?? null];
        this.#update.run(jsonOf(evidence), jsonOf(flags), jsonOf(shadow), json, ...asked, position);
      }
    });
  }

  async forgetStatements(sender: UserId, instead: string): Promise<number> {
    return await this.#group.run(() => Number(this.#replaceStatements.run(sender, instead).changes));
  }

  async countStatements(sender: UserId, instead: string): Promise<number> {
    return integerOf(reading(() => this.#countStatements.get(sender, instead)) ?? {}, 'found');
  }

  #content(row: Row): KeptContent {
    return { position: integerOf(row, 'id'), verdict: this.#rows.read(row), event: optionalTextOf(row, 'event') };
  }

  /** What is removed is overwritten in the database; the log, where it still stands, is written back and cut off. */
  async scrub(): Promise<void> {
    for (let attempt = 0; attempt < SCRUB_ATTEMPTS; attempt += 1) {
      const row = reading(() => this.#connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get());
      if (integerOf(row ?? {}, 'busy') === 0) return;
      await nextTurn();
    }
    throw new Error('the write-ahead log is being read all the time, and could not be cut off');
  }
}
