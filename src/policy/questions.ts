/**
 * What rules may ask about an event's surroundings: who the sender is to us, what happened before, what others say. A
 * question is plain data with a key, equal questions have equal keys; an answer is plain data that the verdict keeps, so
 * that the same decision can be made again from it alone.
 */
import type { AnswerRecord, Answers, QuestionType } from './answers.ts';
import type { EventReading } from './reading/event-reading.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { RoomFacts } from './ports.ts';

/** Whose history of the sender is asked for: the room's and the community's are in the same answer. */
export interface PersonQuestion {
  readonly key: 'sender';
}

export const SENDER: PersonQuestion = { key: 'sender' };

export const COUNTED = [
  'events',
  'messages',
  'joins',
  'invites',
  'mentions',
  'media',
  'reactions',
  'membership_changes',
  'rooms',
] as const;
export type Counted = (typeof COUNTED)[number];

export const COUNTED_PER = ['sender', 'server', 'room', 'community', 'everyone'] as const;
export type CountedPer = (typeof COUNTED_PER)[number];

export const SCOPES = ['room', 'community', 'instance'] as const;
/** Where is counted or compared: rooms without a community are a community of their own. */
export type Scope = (typeof SCOPES)[number];

/** How often something happened in the time before this event, which is not counted itself. */
export interface CountQuestion {
  readonly key: string;
  readonly what: Counted;
  readonly per: CountedPer;
  readonly across: Scope;
  readonly withinMs: number;
  /** Whether events that were refused count too. */
  readonly includeRefused: boolean;
  /** Whether nothing but events that were refused counts. */
  readonly onlyRefused?: boolean;
  /** Of mentions: whether people called by their display names count too. */
  readonly displayNames?: boolean;
}

/** How many earlier events are nearly the same. */
export interface SimilarQuestion {
  readonly key: string;
  /** Texts of messages, or names of people who join. */
  readonly of: 'text' | 'name';
  readonly among: 'all' | 'refused';
  readonly across: Scope;
  readonly withinMs: number;
  /** 0 (anything) to 100 (the same after normalisation). */
  readonly likeness: number;
  /** Texts with fewer characters after normalisation are like no other. */
  readonly minLength: number;
}

export type ListTrust = 'enforce' | 'flag' | 'notify';

/** Whether the sender, the sender's server or the room stands on a policy list to which the room's settings subscribe. */
export interface ListQuestion {
  readonly key: string;
  readonly trust: ListTrust;
  /** Room ids of lists; `undefined`: all that are subscribed with that trust. */
  readonly lists: readonly string[] | undefined;
  /** Rules about users, servers or rooms; `undefined`: about any. */
  readonly kinds: readonly ('user' | 'server' | 'room')[] | undefined;
}

/** Which moderator of the room has a name that looks like this one. */
export interface LookalikeQuestion {
  readonly key: string;
  readonly name: string;
  /** 1 to 100: how alike, 100 being the same after normalisation. */
  readonly likeness: number;
}

/** Which members of the room the event's texts call by their display names. */
export interface NamesQuestion {
  readonly key: string;
  /** Names of fewer letters and digits are not looked for. */
  readonly shortest: number;
}

/** Who sent the event that a redaction is about; null where that event is not known here. */
export interface RedactionTargetQuestion {
  readonly key: 'target';
}

/** What another program says about the event. */
export interface RemoteQuestion {
  /** Of the endpoint and its settings; what is asked about is the event's. */
  readonly key: string;
  /** Name of a configured endpoint. */
  readonly endpoint: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** Whether anybody can register at a server. */
export interface RegistrationQuestion {
  /** The server. */
  readonly key: ServerName;
}

export interface Questions {
  readonly person: PersonQuestion;
  readonly count: CountQuestion;
  readonly similar: SimilarQuestion;
  readonly list: ListQuestion;
  readonly lookalike: LookalikeQuestion;
  readonly names: NamesQuestion;
  readonly redactionTarget: RedactionTargetQuestion;
  readonly remote: RemoteQuestion;
  readonly registration: RegistrationQuestion;
}

export type Asked<T> =
  | { readonly state: 'known'; readonly value: T }
  /** On its way: the decision is made again when it is there. */
  | { readonly state: 'pending' }
  | { readonly state: 'failed'; readonly detail: string };

/** What a question is about. */
export interface Subject {
  readonly event: EventReading;
  readonly room: RoomFacts;
  /** Id of the community that the room belongs to. */
  readonly community: string | undefined;
  /** Milliseconds since 1970: the time of the decision. */
  readonly now: number;
}

/** Answers at once where it can. Must not throw; a rejected promise is a failed question. */
export type Source<T extends QuestionType> = (
  question: Questions[T],
  subject: Subject,
) => Asked<Answers[T]> | Promise<Asked<Answers[T]>>;

export type Sources = { readonly [T in QuestionType]: Source<T> };

const FAILED = { state: 'failed', detail: 'nobody answers this here' } as const;
const none = (): { state: 'known'; value: null } => ({ state: 'known', value: null });

/** Knows nothing of anybody: for rules that need no answers. */
export const unansweredSources: Sources = {
  person: () => FAILED,
  count: () => ({ state: 'known', value: 0 }),
  similar: () => ({ state: 'known', value: { events: 0, senders: 0, rooms: 0 } }),
  list: none,
  lookalike: none,
  names: () => ({ state: 'known', value: { named: [] } }),
  redactionTarget: none,
  remote: () => FAILED,
  registration: () => FAILED,
};

type Book = Map<string, Asked<Answers[QuestionType]>>;

/** Everything asked about one event: each question once. */
export class AnswerBook {
  readonly #sources: Sources;
  readonly #subject: Subject;
  /** Of most kinds nothing is asked. */
  readonly #books = new Map<QuestionType, Book>();
  #waiting: Promise<void>[] = [];

  constructor(sources: Sources, subject: Subject) {
    this.#sources = sources;
    this.#subject = subject;
  }

  ask<T extends QuestionType>(type: T, question: Questions[T]): Asked<Answers[T]> {
    const book = this.#bookOf(type);
    // What stands under a kind of question answers one.
    const known = book.get(question.key) as Asked<Answers[T]> | undefined;
    if (known !== undefined) return known;
    const answer = this.#sources[type](question, this.#subject);
    if (!(answer instanceof Promise)) {
      book.set(question.key, answer);
      return answer;
    }
    book.set(question.key, PENDING);
    this.#waiting.push(
      answer.then(
        (value) => void book.set(question.key, value),
        (error: unknown) => void book.set(question.key, { state: 'failed', detail: String(error) }),
      ),
    );
    return PENDING;
  }

  #bookOf(type: QuestionType): Book {
    const known = this.#books.get(type);
    if (known !== undefined) return known;
    const book: Book = new Map();
    this.#books.set(type, book);
    return book;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Waits for the answers that are on their way, so long at the most; late ones have failed. */
  async settle(deadline: Promise<void>): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    await Promise.race([Promise.all(waiting), deadline]);
    for (const book of this.#books.values()) failPending(book);
  }

  /** What was asked and answered, in the order of asking within each kind. */
  record(): readonly AnswerRecord[] {
    const records: AnswerRecord[] = [];
    for (const question of QUESTION_TYPES) {
      const book = this.#books.get(question);
      if (book !== undefined) addRecords(records, question, book);
    }
    return records;
  }
}

const QUESTION_TYPES: readonly QuestionType[] = [
  'person',
  'count',
  'similar',
  'list',
  'lookalike',
  'names',
  'redactionTarget',
  'remote',
  'registration',
];

const PENDING = { state: 'pending' } as const;
const LATE = { state: 'failed', detail: 'no answer in time' } as const;

function failPending(book: Map<string, Asked<unknown>>): void {
  for (const [key, asked] of book) if (asked.state === 'pending') book.set(key, LATE);
}

function addRecords(
  records: AnswerRecord[],
  question: QuestionType,
  book: ReadonlyMap<string, Asked<Answers[QuestionType]>>,
): void {
  for (const [key, asked] of book) {
    if (asked.state === 'known') records.push({ question, key, answer: asked.value });
    else if (asked.state === 'failed') records.push({ question, key, answer: { failed: asked.detail } });
  }
}
