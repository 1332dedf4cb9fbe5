/** What a database file says of verdicts and settings, beside the server that writes it. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { answersIn } from '../../src/policy/replay/facts-from-record.ts';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { UserId } from '../../src/protocol/ids/user-id.ts';
import { VerdictRows } from '../../src/storage/sqlite/verdict-rows.ts';

const ENOUGH = 1_000_000;

/** Rules that do nothing but ask what is remembered of people, so that verdicts keep the answers. */
export const ASKING_RULES = {
  accepted: { mode: 'shadow', when: { rate: { more_than: ENOUGH, within: '6h', across: 'room' } } },
  refused: { mode: 'shadow', when: { rate: { more_than: ENOUGH, within: '5h', across: 'room', only_refused: true } } },
  known: { mode: 'shadow', when: { newcomer: { fewer_messages_than: 1 } } },
};

export interface Messages {
  readonly accepted: number;
  readonly refused: number;
}

export class VerdictRecord implements Disposable {
  readonly #database: DatabaseSync;

  constructor(dataDir: string) {
    this.#database = new DatabaseSync(path.join(dataDir, 'gatehouse.db'), { readOnly: true });
  }

  /** Messages of a person by their first verdict. */
  messagesOf(sender: UserId): Messages {
    const row = this.#database
      .prepare(
        `SELECT COUNT(signature) AS accepted, COUNT(refusal) AS refused FROM verdicts
         WHERE sender = ? AND type = 'm.room.message' AND revision = 1`,
      )
      .get(sender);
    return { accepted: Number(row?.['accepted']), refused: Number(row?.['refused']) };
  }

  /** What the server knew of its sender, by `ASKING_RULES`, when it judged this event. */
  knownAt(eventId: EventId): Messages & { readonly ofPerson: number } {
    const row = this.#database.prepare('SELECT * FROM verdicts WHERE event_id = ?').get(eventId);
    const answers = answersIn(new VerdictRows(this.#database).read(row ?? {}).facts);
    const answerTo = (part: string): unknown =>
      answers.find(({ question, key }) => `${question} ${key}`.includes(part))?.answer;
    const person = answerTo('person');
    const ofPerson = typeof person === 'object' && person !== null && 'messagesHere' in person ? person : undefined;
    return {
      accepted: Number(answerTo('within 6h')),
      refused: Number(answerTo('within 5h')),
      ofPerson: Number(ofPerson?.messagesHere),
    };
  }

  /** Numbers and notes of the revisions of a scope. */
  revisionsOf(scope: string): Map<number, string> {
    const rows = this.#database.prepare('SELECT revision, note FROM settings_revisions WHERE scope = ?').all(scope);
    return new Map(rows.map((row) => [Number(row['revision']), String(row['note'])]));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
