/**
 * Answers to what was not asked when events were judged: how often things happened and what was said before are counted
 * again from what verdicts hold; what other programs and lists would have said, nobody can say any more.
 */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { Answers, PersonAnswer, QuestionType } from '../answers.ts';
import { Counters } from '../memory/counters.ts';
import { measureIn } from '../memory/recorded-measure.ts';
import { SimilarTexts } from '../memory/similar.ts';
import type { Asked, Questions } from '../questions.ts';
import type { EventReading } from '../reading/event-reading.ts';
import type { Verdict } from '../verdict.ts';
import { notAsked, plainFactsIn, type OtherAnswers } from './facts-from-record.ts';
import { PeoplePast } from './people-past.ts';
import type { ReplayLog } from './ports.ts';

type Simulated = {
  readonly [T in QuestionType]?: (question: Questions[T], event: EventReading, verdict: Verdict) => Asked<Answers[T]>;
};

/** Verdicts before the time of the replay that are counted, as at a start of the server. */
const COUNTED_BEFORE = 100_000;
const READ_AT_ONCE = 2_000;

export class Simulation {
  readonly #log: ReplayLog;
  readonly #people: PeoplePast;
  readonly #counters: Counters;
  readonly #similar: SimilarTexts;
  readonly #onUnknown: (type: QuestionType) => void;
  readonly #answers: Simulated = {
    person: (_question, _event, verdict) => ({ state: 'known', value: this.personAt(verdict) }),
    count: (question, event, { decidedAt: now }) => this.#counters.count(question, { event, now }),
    similar: (question, event, verdict) => {
      const { senderMembership, now } = plainFactsIn(verdict);
      return this.#similar.similar(question, { event, now, room: { membershipOf: () => senderMembership } });
    },
  };

  constructor(
    log: ReplayLog,
    options: {
      readonly since: number;
      readonly communityOf: (roomId: RoomId) => string | undefined;
      /** Told of each question that nobody can answer now. */
      readonly onUnknown: (type: QuestionType) => void;
    },
  ) {
    const { since, communityOf } = options;
    this.#log = log;
    this.#people = new PeoplePast(log, communityOf);
    this.#counters = new Counters({ startedAt: since, communityOf });
    this.#similar = new SimilarTexts({ communityOf });
    this.#onUnknown = options.onUnknown;
  }

  /** Reads what was before. */
  async begin(position: number): Promise<void> {
    await this.#people.begin(position);
    let after = Math.max(0, position - COUNTED_BEFORE);
    for (;;) {
      const entries = await this.#log.read({ after, upTo: position, limit: READ_AT_ONCE, withEvents: false });
      for (const { verdict } of entries) this.#count(verdict, verdict.decision.outcome === 'refuse');
      if (entries.length < READ_AT_ONCE) return;
      after = entries.at(-1)?.position ?? position;
    }
  }

  /** What must be there before `answersFor` is asked. */
  async prepare(verdicts: readonly Verdict[]): Promise<void> {
    await this.#people.load(verdicts.map(({ sender }) => sender));
  }

  answersFor(event: EventReading, verdict: Verdict): OtherAnswers {
    return <T extends QuestionType>(type: T, question: Questions[T]): Asked<Answers[T]> => {
      const answer = this.#answers[type]?.(question, event, verdict);
      if (answer !== undefined) return answer;
      this.#onUnknown(type);
      return notAsked(type, question);
    };
  }

  personAt({ sender, roomId, decidedAt }: Verdict): PersonAnswer {
    return this.#people.answer(sender, roomId, decidedAt);
  }

  /** A verdict has had its turn; refused is what the replayed rules say of it, as they would have counted it. */
  take(verdict: Verdict, isRefused: boolean): void {
    this.#count(verdict, isRefused);
    this.#people.take(verdict);
  }

  #count(verdict: Verdict, isRefused: boolean): void {
    if (verdict.decidedBy === 'history') return;
    const { roomId, sender, decidedAt: at } = verdict;
    const happening = { roomId, sender, at, isRefused, measure: measureIn(verdict) };
    this.#counters.add(happening);
    this.#similar.add(happening);
  }
}
