/** Verdicts as rows of the database. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { AnswerRecord } from '../../policy/answers.ts';
import type { Evidence, RecordedFacts, Refusal, Verdict } from '../../policy/verdict.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { AnswerForms, packAnswers, type PackedAnswers } from './answer-forms.ts';
import { integerOf, optionalIntegerOf, optionalTextOf, textOf, type Row } from './row.ts';

/** The columns of `INSERT_VERDICT`, in its order. */
export interface VerdictRow {
  readonly values: readonly SQLInputValue[];
  /** `undefined` where nothing was asked. */
  readonly answers: PackedAnswers | undefined;
}

export const INSERT_VERDICT = `
  INSERT INTO verdicts (event_id, revision, reference, reference_hash, room_id, room_version, sender, type, signature,
    public_key, refusal, decided_by, evidence, flags, shadow, facts, configuration, asked_by, decided_at, took_ms,
    answer_form, answers)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id, revision) DO NOTHING`;

export function toVerdictRow(verdict: Verdict): VerdictRow {
  const { decision } = verdict;
  const { json, answers } = packedFacts(verdict.facts);
  const refusal: Refusal | undefined =
    decision.outcome === 'refuse' ? { message: decision.message, harms: decision.harms } : undefined;
  const values = [
    verdict.eventId,
    verdict.revision,
    verdict.reference,
    verdict.referenceHash === hashInEventId(verdict.eventId) ? null : verdict.referenceHash,
    verdict.roomId,
    verdict.roomVersion,
    verdict.sender,
    verdict.type,
    decision.outcome === 'sign' ? decision.signature : null,
    decision.outcome === 'sign' ? decision.publicKey : null,
    refusal === undefined ? null : JSON.stringify(refusal),
    verdict.decidedBy,
    jsonOf(verdict.evidence),
    jsonOf(verdict.flags),
    jsonOf(verdict.shadow),
    json,
    verdict.configuration,
    verdict.askedBy,
    verdict.decidedAt,
    verdict.tookMs ?? null,
  ];
  return { values, answers };
}

/** Facts as they are stored: the answers beside the rest. */
export function packedFacts(facts: RecordedFacts): { json: string; answers: PackedAnswers | undefined } {
  const { answers } = facts;
  if (!Array.isArray(answers) || answers.length === 0) return { json: JSON.stringify(facts), answers: undefined };
  const json = JSON.stringify({ ...facts, answers: undefined });
  return { json, answers: packAnswers(answers as readonly AnswerRecord[]) };
}

/** NULL for an empty list, as most are. */
export function jsonOf(list: readonly object[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}

/** Reads rows of `verdicts` with all of their columns. */
export class VerdictRows {
  readonly #forms: AnswerForms;

  constructor(connection: DatabaseSync, forms = new AnswerForms(connection)) {
    this.#forms = forms;
  }

  /** What was stored is of the type that it was stored as; ids are not parsed again. */
  read(row: Row): Verdict {
    const facts = JSON.parse(textOf(row, 'facts')) as RecordedFacts;
    const form = optionalIntegerOf(row, 'answer_form');
    if (form === undefined) return toVerdict(row, facts);
    return toVerdict(row, { ...facts, answers: this.#forms.unpack(form, textOf(row, 'answers')) });
  }
}

function toVerdict(row: Row, facts: RecordedFacts): Verdict {
  const eventId = textOf(row, 'event_id') as EventId;
  const evidence = optionalTextOf(row, 'evidence');
  const flags = optionalTextOf(row, 'flags');
  const shadow = optionalTextOf(row, 'shadow');
  const tookMs = optionalIntegerOf(row, 'took_ms');
  return {
    eventId,
    referenceHash: optionalTextOf(row, 'reference_hash') ?? hashInEventId(eventId),
    revision: integerOf(row, 'revision'),
    roomId: textOf(row, 'room_id') as RoomId,
    roomVersion: textOf(row, 'room_version'),
    sender: textOf(row, 'sender') as UserId,
    type: textOf(row, 'type'),
    reference: textOf(row, 'reference'),
    decision: toDecision(row),
    decidedBy: textOf(row, 'decided_by'),
    evidence: evidence === undefined ? [] : (JSON.parse(evidence) as readonly Evidence[]),
    flags: flags === undefined ? [] : (JSON.parse(flags) as Verdict['flags']),
    shadow: shadow === undefined ? [] : (JSON.parse(shadow) as Verdict['shadow']),
    facts,
    configuration: textOf(row, 'configuration'),
    askedBy: textOf(row, 'asked_by') as ServerName,
    decidedAt: integerOf(row, 'decided_at'),
    ...(tookMs === undefined ? {} : { tookMs }),
  };
}

function toDecision(row: Row): Verdict['decision'] {
  const refusal = optionalTextOf(row, 'refusal');
  if (refusal === undefined) {
    return { outcome: 'sign', signature: textOf(row, 'signature'), publicKey: textOf(row, 'public_key') };
  }
  const { message, harms } = JSON.parse(refusal) as Refusal;
  return { outcome: 'refuse', message, harms };
}

/** From room version 3 on an event id is made of the reference hash, in URL-safe base64 or (version 3) the plain one. */
function hashInEventId(eventId: EventId): string {
  return eventId.slice(1).replaceAll('-', '+').replaceAll('_', '/');
}
