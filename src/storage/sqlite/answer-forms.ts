/**
 * Answers as verdicts keep them, in little room. What is asked follows from the rules, so that there are few lists of
 * questions: each is stored once, and every verdict has its answers in the order of such a list.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { AnswerRecord, Answers, QuestionType } from '../../policy/answers.ts';
import { StorageError } from '../storage-error.ts';
import { reading } from './reading.ts';
import { integerOf, textOf } from './row.ts';

export interface PackedAnswers {
  /** A line for each: its kind and, unless it is in the answer, its key. */
  readonly questions: string;
  /** JSON. */
  readonly values: string;
}

/** Kinds whose keys follow from the rules alone; those of others are made of what an event says. */
const OF_RULES: ReadonlySet<string> = new Set<QuestionType>(['person', 'count', 'similar', 'list', 'redactionTarget']);

const MOST_CACHED = 1_000;

export class AnswerForms {
  readonly #insert: StatementSync;
  readonly #selectId: StatementSync;
  readonly #selectQuestions: StatementSync;
  readonly #ids = new Map<string, number>();
  readonly #forms = new LRUCache<number, readonly FormQuestion[]>({ max: MOST_CACHED });

  constructor(connection: DatabaseSync) {
    const insert = 'INSERT INTO answer_forms (questions) VALUES (?) ON CONFLICT (questions) DO NOTHING';
    // Reading is all that some do with a database.
    this.#insert = connection.prepare(insert);
    this.#selectId = connection.prepare('SELECT answer_form FROM answer_forms WHERE questions = ?');
    this.#selectQuestions = connection.prepare('SELECT questions FROM answer_forms WHERE answer_form = ?');
  }

  /** Inside a write: what it stores may be undone with it, and is looked for again until it is learnt. */
  idOf(questions: string): number {
    const known = this.#ids.get(questions);
    if (known !== undefined) return known;
    this.#insert.run(questions);
    return this.#storedId(questions);
  }

  /** Once it is durable. */
  learn(questions: string): void {
    if (this.#ids.has(questions)) return;
    if (this.#ids.size >= MOST_CACHED) this.#ids.clear();
    this.#ids.set(questions, this.#storedId(questions));
  }

  #storedId(questions: string): number {
    return integerOf(reading(() => this.#selectId.get(questions)) ?? {}, 'answer_form');
  }

  unpack(id: number, values: string): readonly AnswerRecord[] {
    const answers = JSON.parse(values) as readonly PackedAnswer[];
    return this.#questionsOf(id).map(({ question, key }, index) => recordOf(question, key, answers[index] ?? null));
  }

  #questionsOf(id: number): readonly FormQuestion[] {
    const known = this.#forms.get(id);
    if (known !== undefined) return known;
    const row = reading(() => this.#selectQuestions.get(id));
    if (row === undefined) throw new StorageError('corrupt', 'The database lacks questions that verdicts answer.');
    const questions = textOf(row, 'questions').split('\n').map(toQuestion);
    this.#forms.set(id, questions);
    return questions;
  }
}

export function packAnswers(answers: readonly AnswerRecord[]): PackedAnswers {
  let branch = root;
  const values: PackedAnswer[] = [];
  for (const { question, key, answer } of answers) {
    const isOfRules = OF_RULES.has(question);
    branch = nextBranch(branch, question, isOfRules ? key : undefined);
    const value = shortened(answer);
    values.push(isOfRules ? value : { key, value });
  }
  return { questions: branch.text, values: JSON.stringify(values) };
}

/** Lists of questions by what they begin with, so that none is put together anew for each event. */
interface Branch {
  readonly text: string;
  readonly next: Map<QuestionType, Map<string | undefined, Branch>>;
}

const MOST_BRANCHES = 50_000;
let root: Branch = { text: '', next: new Map() };
let branches = 0;

function nextBranch({ text, next }: Branch, question: QuestionType, key: string | undefined): Branch {
  const ofKind = next.get(question) ?? new Map<string | undefined, Branch>();
  const known = ofKind.get(key);
  if (known !== undefined) return known;
  const line = key === undefined ? question : `${question} ${key}`;
  const branch = { text: text === '' ? line : `${text}\n${line}`, next: new Map() };
  next.set(question, ofKind.set(key, branch));
  branches += 1;
  if (branches > MOST_BRANCHES) [root, branches] = [{ text: '', next: new Map() }, 0];
  return branch;
}

interface FormQuestion {
  readonly question: QuestionType;
  readonly key: string | undefined;
}

type Answer = AnswerRecord['answer'];
/** Persons and similar texts as lists of their values, everything else as it is. */
type PackedValue = Answer | readonly (number | boolean | null)[];
type PackedAnswer = PackedValue | { readonly key: string; readonly value: PackedValue };

function toQuestion(line: string): FormQuestion {
  const space = line.indexOf(' ');
  const question = (space === -1 ? line : line.slice(0, space)) as QuestionType;
  return { question, key: space === -1 ? undefined : line.slice(space + 1) };
}

function recordOf(question: QuestionType, key: string | undefined, packed: PackedAnswer): AnswerRecord {
  if (key !== undefined) return { question, key, answer: lengthened(question, packed as PackedValue) };
  const { key: own, value } = packed as { readonly key: string; readonly value: PackedValue };
  return { question, key: own, answer: lengthened(question, value) };
}

function shortened(answer: Answer): PackedValue {
  if (typeof answer !== 'object' || answer === null) return answer;
  if ('events' in answer) return [answer.events, answer.senders, answer.rooms];
  if (!('firstSeenAt' in answer)) return answer;
  const { firstSeenAt, firstSeenInCommunityAt, joinedAt, wasInvited, messagesHere, messagesInCommunity } = answer;
  return [firstSeenAt, firstSeenInCommunityAt, joinedAt, wasInvited, messagesHere, messagesInCommunity];
}

function lengthened(question: QuestionType, value: PackedValue): Answer {
  if (!Array.isArray(value)) return value as Answer;
  if (question === 'similar') {
    const [events, senders, rooms] = value as [number, number, number];
    return { events, senders, rooms };
  }
  const [firstSeenAt, firstSeenInCommunityAt, joinedAt, wasInvited, messagesHere, messagesInCommunity] = value as [
    ...[number | null, number | null, number | null],
    ...[boolean, number, number],
  ];
  const person: Answers['person'] = {
    ...{ firstSeenAt, firstSeenInCommunityAt, joinedAt },
    ...{ wasInvited, messagesHere, messagesInCommunity },
  };
  return person;
}
