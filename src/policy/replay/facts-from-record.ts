/** Facts as they were: read from a verdict alone, so that its decision can be made again. */
import type { AnswerRecord, Answers, QuestionType } from '../answers.ts';
import type { Facts, PlainFacts } from '../facts.ts';
import type { Asked, Questions } from '../questions.ts';
import type { RecordedFacts, Verdict } from '../verdict.ts';

/** Answers what was not asked then. */
export type OtherAnswers = <T extends QuestionType>(type: T, question: Questions[T]) => Asked<Answers[T]>;

const NOT_ASKED = { state: 'failed', detail: 'this was not asked when the event was judged' } as const;

export const notAsked: OtherAnswers = () => NOT_ASKED;

type Recorded = Pick<Verdict, 'facts' | 'decidedAt' | 'decidedBy'>;

/** The facts that a first verdict rests on; overrides rest on none. */
export function recordedFacts(verdict: Recorded, others: OtherAnswers = notAsked): Facts {
  const answers = answersIn(verdict.facts);
  return {
    ...plainFactsIn(verdict),
    ask: (type, question) => recordedAnswer(answers, type, question.key) ?? others(type, question),
  };
}

export function plainFactsIn({ facts, decidedAt, decidedBy }: Recorded): PlainFacts {
  const name = facts['sender_display_name'];
  const membership = facts['sender_membership'];
  return {
    now: decidedAt,
    senderPowerLevel: levelOf(facts['sender_power_level']),
    senderIsModerator: facts['sender_is_moderator'] === true,
    senderMembership: typeof membership === 'string' ? membership : 'leave',
    senderDisplayName: typeof name === 'string' ? name : undefined,
    // No rule is asked about the bot's own membership, and nothing else is decided that way.
    concernsBot: decidedBy === 'bot_membership',
    precedent: precedentIn(facts),
  };
}

function levelOf(recorded: RecordedFacts[string] | undefined): number {
  if (recorded === 'creator') return Infinity;
  return typeof recorded === 'number' ? recorded : NaN;
}

function precedentIn(facts: RecordedFacts): PlainFacts['precedent'] {
  const action = facts['precedent'];
  const reference = facts['precedent_reference'];
  if ((action !== 'allow' && action !== 'refuse') || typeof reference !== 'string') return undefined;
  return { action, reference };
}

/** Of what type an answer is, its question says. */
export function answersIn(facts: RecordedFacts): readonly AnswerRecord[] {
  const answers: unknown = facts['answers'];
  return Array.isArray(answers) ? (answers as readonly AnswerRecord[]) : [];
}

/** `undefined` where the question was not asked. */
export function recordedAnswer<T extends QuestionType>(
  answers: readonly AnswerRecord[],
  type: T,
  key: string,
): Asked<Answers[T]> | undefined {
  const found = answers.find((record) => record.question === type && record.key === key);
  if (found === undefined) return undefined;
  const { answer } = found;
  if (typeof answer === 'object' && answer !== null && 'failed' in answer) {
    return { state: 'failed', detail: answer.failed };
  }
  return { state: 'known', value: answer as Answers[T] };
}
