/** What is known about an event's surroundings when it is judged. Plain data, so that a decision can be made again. */
import type { Pdu } from '../protocol/events.ts';
import { isModerator, userLevel } from '../protocol/power-levels.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { serverNameOf, type UserId } from '../protocol/ids/user-id.ts';
import { ownString } from '../protocol/json.ts';
import type { RoomFacts } from './ports.ts';
import type { AnswerRecord, Answers, QuestionType } from './answers.ts';
import type { AnswerBook, Asked, Questions } from './questions.ts';
import type { Measure } from './memory/measured.ts';
import type { RecordedFacts } from './verdict.ts';

/** What is always known, from the room as it is now. */
export interface PlainFacts {
  /** Milliseconds since 1970: the time of the decision. */
  readonly now: number;
  /** Power level of the sender; `Infinity` for creators from room version 12 on. */
  readonly senderPowerLevel: number;
  /** The sender may kick, ban and redact here, and has a level of their own rather than everybody's. */
  readonly senderIsModerator: boolean;
  /** Membership of the sender: `leave` where none is known. */
  readonly senderMembership: string;
  /** Their display name in the room, where one is set. */
  readonly senderDisplayName: string | undefined;
  /** Whether the event is about the bot's own membership. */
  readonly concernsBot: boolean;
  /** A moderator's decision about the same content. */
  readonly precedent: PrecedentFact | undefined;
}

export interface PrecedentFact {
  readonly action: 'allow' | 'refuse';
  /** Of the verdict that was decided on. */
  readonly reference: string;
}

export interface Facts extends PlainFacts {
  /** The answer to a question about the event's surroundings, where it is there. */
  ask<T extends QuestionType>(type: T, question: Questions[T]): Asked<Answers[T]>;
}

/** Everything that is known without asking. */
export function factsAbout(
  pdu: Pdu,
  room: RoomFacts,
  botUserId: UserId,
  now: number,
  precedent?: PrecedentFact,
): PlainFacts {
  return {
    now,
    senderPowerLevel: userLevel(room.powerLevels, pdu.sender),
    senderIsModerator: isModerator(room.powerLevels, pdu.sender),
    senderMembership: room.membershipOf(pdu.sender),
    senderDisplayName: room.displayNameOf(pdu.sender),
    concernsBot: pdu.type === 'm.room.member' && (pdu.stateKey === botUserId || pdu.sender === botUserId),
    precedent,
  };
}

export function withAnswers(facts: PlainFacts, answers: Pick<AnswerBook, 'ask'>): Facts {
  return { ...facts, ask: (type, question) => answers.ask(type, question) };
}

/** Facts as a verdict keeps them. */
export function recordOf(facts: PlainFacts, answers: readonly AnswerRecord[], measure?: Measure): RecordedFacts {
  const level = facts.senderPowerLevel;
  return {
    // What stands in the place of a level but is none reads as NaN.
    sender_power_level: level === Infinity ? 'creator' : Number.isNaN(level) ? null : level,
    sender_is_moderator: facts.senderIsModerator,
    sender_membership: facts.senderMembership,
    ...(facts.senderDisplayName === undefined ? {} : { sender_display_name: facts.senderDisplayName }),
    ...(facts.precedent === undefined
      ? {}
      : { precedent: facts.precedent.action, precedent_reference: facts.precedent.reference }),
    ...(measure === undefined ? {} : { measure }),
    ...(answers.length === 0 ? {} : { answers }),
  };
}

/**
 * Leaving, kicking, banning and unbanning: signed always, because a refused one leaves servers disagreeing about who is
 * in the room. Whether its sender may do it is for the auth rules, which no signature of ours overrides.
 */
export function isDeparture(pdu: Pdu): boolean {
  if (pdu.type !== 'm.room.member' || pdu.stateKey === undefined) return false;
  const membership = ownString(pdu.content, 'membership');
  return membership === 'leave' || membership === 'ban';
}

/** The server whose event it is. */
export function senderServer(pdu: Pdu): ServerName {
  return serverNameOf(pdu.sender);
}
