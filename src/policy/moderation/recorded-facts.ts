/** The facts that a verdict rests on, as people read them. */
import type {
  AnswerRecord,
  ListMatch,
  NamesAnswer,
  PersonAnswer,
  RegistrationAnswer,
  RemoteAnswer,
  SimilarAnswer,
} from '../answers.ts';
import type { RecordedFacts } from '../verdict.ts';

export interface ReadableFact {
  readonly what: string;
  readonly value: string;
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['sender_power_level', 'power level of the sender'],
  ['sender_is_moderator', 'sender is a moderator'],
  ['sender_membership', 'membership of the sender'],
  ['sender_display_name', 'display name of the sender'],
  ['precedent', 'decided before by a moderator'],
  ['precedent_reference', 'reference of that decision'],
  ['by', 'decided by'],
  ['note', 'note'],
  ['instead_of', 'instead of'],
]);

export function readableFacts(facts: RecordedFacts): readonly ReadableFact[] {
  const lines: ReadableFact[] = [];
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'object' && value !== null) continue;
    const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value ?? 'unknown');
    if (text !== '') lines.push({ what: NAMES.get(name) ?? name, value: text });
  }
  const answers: unknown = facts['answers'];
  return Array.isArray(answers) ? [...lines, ...(answers as readonly AnswerRecord[]).map(readableAnswer)] : lines;
}

function readableAnswer(record: AnswerRecord): ReadableFact {
  const { question, key, answer } = record;
  const what = question === 'person' ? 'sender, as known here' : `${question} (${key})`;
  if (typeof answer === 'object' && answer !== null && 'failed' in answer) {
    return { what, value: `not known: ${answer.failed}` };
  }
  return { what, value: valueOf(question, answer) };
}

/** The question says of which kind its answer is. */
function valueOf(question: AnswerRecord['question'], answer: unknown): string {
  if (answer === null) return 'nothing';
  switch (question) {
    case 'person':
      return ofPerson(answer as PersonAnswer);
    case 'similar':
      return ofSimilar(answer as SimilarAnswer);
    case 'list':
      return ofList(answer as ListMatch);
    case 'names':
      return ofNames(answer as NamesAnswer);
    case 'remote':
      return ofRemote(answer as RemoteAnswer);
    case 'registration':
      return ofRegistration(answer as RegistrationAnswer);
    case 'count':
    case 'lookalike':
    case 'redactionTarget':
      return typeof answer === 'number' || typeof answer === 'string' ? String(answer) : JSON.stringify(answer);
  }
}

function ofPerson(person: PersonAnswer): string {
  const { firstSeenAt, firstSeenInCommunityAt, joinedAt, wasInvited, messagesHere, messagesInCommunity } = person;
  return [
    `first seen ${timeOf(firstSeenAt)}, in the community ${timeOf(firstSeenInCommunityAt)}`,
    `joined ${timeOf(joinedAt)}${wasInvited ? ' by an invite' : ''}`,
    `${String(messagesHere)} messages here, ${String(messagesInCommunity)} in the community`,
  ].join('; ');
}

function ofSimilar({ events, senders, rooms }: SimilarAnswer): string {
  return `${String(events)} events of ${String(senders)} senders in ${String(rooms)} rooms`;
}

function ofList({ list, entity, kind, recommendation, reason, about }: ListMatch): string {
  const why = reason === null ? '' : ` (${reason})`;
  return `${about} stands on ${list}: ${kind} ${entity}, ${recommendation}${why}`;
}

function ofRemote({ labels, note }: RemoteAnswer): string {
  const found = labels.map(({ label, score }) => `${label} ${score.toFixed(2)}`);
  return [found.length === 0 ? 'no label' : found.join(', '), ...(note === null ? [] : [note])].join('; ');
}

function ofRegistration({ isOpen, address }: RegistrationAnswer): string {
  return `${isOpen ? 'anybody can register' : 'not open to everybody'} at ${address}`;
}

function ofNames({ named }: NamesAnswer): string {
  if (named.length === 0) return 'nobody';
  return named
    .map(({ names, first, alsoMentionedIn }) => {
      const more = names > first.length ? ', …' : '';
      const also = alsoMentionedIn.length === 0 ? '' : `, also mentioned in ${alsoMentionedIn.join(', ')}`;
      return `${String(names)} (${first.join(', ')}${more})${also}`;
    })
    .join('; ');
}

function timeOf(time: number | null): string {
  return time === null ? 'never' : new Date(time).toISOString();
}
