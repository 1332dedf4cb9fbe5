/** What a database file says of verdicts and settings, beside the server that writes it. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventId } from '../../src/protocol/ids/event-id.ts';
import type { UserId } from '../../src/protocol/ids/user-id.ts';

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

interface AnswerRecord {
  readonly question: string;
  readonly key: string;
  readonly answer: number & { readonly messagesHere: number };
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
    const row = this.#database.prepare('SELECT facts FROM verdicts WHERE event_id = ?').get(eventId);
    const { answers } = JSON.parse(String(row?.['facts'])) as { answers: readonly AnswerRecord[] };
    const answerTo = (part: string): AnswerRecord['answer'] | undefined =>
      answers.find(({ question, key }) => `${question} ${key}`.includes(part))?.answer;
    return {
      accepted: answerTo('within 6h') ?? NaN,
      refused: answerTo('within 5h') ?? NaN,
      ofPerson: answerTo('person')?.messagesHere ?? NaN,
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
