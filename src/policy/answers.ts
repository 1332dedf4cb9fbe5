/** What is answered to the questions that rules ask; plain data, which verdicts keep. */
import type { MentionPlace } from './reading/mentions.ts';

/** Times in milliseconds since 1970, null where nothing of the kind is known. */
export interface PersonAnswer {
  /** First seen by this server, in any room. */
  readonly firstSeenAt: number | null;
  readonly firstSeenInCommunityAt: number | null;
  /** When the present membership began; display name changes do not begin a new one. */
  readonly joinedAt: number | null;
  /** Whether the present membership began with an invite. */
  readonly wasInvited: boolean;
  /** Messages accepted before this one. */
  readonly messagesHere: number;
  readonly messagesInCommunity: number;
}

export interface SimilarAnswer {
  readonly events: number;
  readonly senders: number;
  readonly rooms: number;
}

export interface ListMatch {
  /** Room id of the list. */
  readonly list: string;
  readonly ruleEventId: string;
  readonly kind: 'user' | 'server' | 'room';
  /** The entity as the list has it: a glob, or a hash. */
  readonly entity: string;
  readonly recommendation: 'ban' | 'takedown';
  readonly reason: string | null;
  /** Whom or what of the event the rule is about, and where the event has it. */
  readonly about: string;
  readonly path: string;
}

export interface LookalikeMatch {
  readonly userId: string;
  readonly name: string;
}

/** `path` is where the event has what was labelled; left out where it is the whole event. */
export interface RemoteLabel {
  readonly label: string;
  /** 0 to 1. */
  readonly score: number;
  readonly path?: string;
}

export interface RemoteAnswer {
  readonly labels: readonly RemoteLabel[];
  readonly note: string | null;
  /** Why parts of the event could not be looked at: labels may be missing. */
  readonly incomplete?: string;
}

/** Whether anybody can have an account at a server for the asking. */
export interface RegistrationAnswer {
  readonly isOpen: boolean;
  /** Where it was asked. */
  readonly address: string;
}

/** Display names of members that stand in an event's texts, by where else people who bear them are mentioned. */
export interface NamedGroup {
  /** How many names; people of one name are one. */
  readonly names: number;
  /** The first of them, as words in the form in which texts are compared. */
  readonly first: readonly string[];
  /** Empty where nobody of that name is mentioned otherwise. */
  readonly alsoMentionedIn: readonly MentionPlace[];
}

export interface NamesAnswer {
  readonly named: readonly NamedGroup[];
}

export interface Answers {
  readonly person: PersonAnswer;
  readonly count: number;
  readonly similar: SimilarAnswer;
  readonly list: ListMatch | null;
  readonly lookalike: LookalikeMatch | null;
  readonly names: NamesAnswer;
  readonly redactionTarget: string | null;
  readonly remote: RemoteAnswer;
  readonly registration: RegistrationAnswer;
}

export type QuestionType = keyof Answers;

/** One answer as a verdict keeps it. */
export interface AnswerRecord {
  readonly question: QuestionType;
  readonly key: string;
  readonly answer: Answers[QuestionType] | { readonly failed: string };
}
