/** Single events as people are shown them, and what kind of people sent them. */
import type { PersonAnswer } from '../answers.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { isRegular, type Regulars } from '../regulars.ts';
import type { Verdict } from '../verdict.ts';
import { answersIn, recordedAnswer } from './facts-from-record.ts';
import type { Example, Who } from './report.ts';

const EXCERPT = 120;

/** The sender as a rule was told of them; `undefined` where none asked. */
export function personIn({ facts }: Pick<Verdict, 'facts'>): PersonAnswer | undefined {
  const recorded = recordedAnswer(answersIn(facts), 'person', 'sender');
  return recorded?.state === 'known' ? recorded.value : undefined;
}

export function whoIs(
  { facts, decidedAt }: Pick<Verdict, 'facts' | 'decidedAt'>,
  person: Pick<PersonAnswer, 'messagesInCommunity' | 'firstSeenInCommunityAt'> | undefined,
  regulars: Regulars,
): Who {
  if (facts['sender_is_moderator'] === true) return 'moderator';
  return person !== undefined && isRegular(person, decidedAt, regulars) ? 'regular' : 'newcomer';
}

/** `undefined` where the event is kept no more. */
export function exampleOf(
  { reference, eventId, roomId, sender, decidedAt }: Verdict,
  event: EventReading | undefined,
): Omit<Example, 'change' | 'rule' | 'who'> {
  const text = event === undefined || event.isEncrypted ? '' : (event.texts[0]?.text ?? '');
  const excerpt = text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…`.toWellFormed() : text.toWellFormed();
  return { reference, eventId, roomId, sender, decidedAt, excerpt };
}
