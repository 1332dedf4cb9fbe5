/** Judge one event by the rules in force: decide with what is known, and again when what rules asked for is there. */
import type { RoomId } from '../protocol/ids/room-id.ts';
import type { UserId } from '../protocol/ids/user-id.ts';
import type { Clock } from '../telemetry/clock.ts';
import { factsAbout, recordOf, withAnswers, type PrecedentFact } from './facts.ts';
import { measureOf } from './memory/measure.ts';
import { decide, type Decision, type FailedCheck } from './pipeline.ts';
import type { RoomDirectory } from './ports.ts';
import { AnswerBook, type Sources, type Subject } from './questions.ts';
import type { EventReading } from './reading/event-reading.ts';
import type { CompiledPolicy } from './rules/compiled-policy.ts';
import type { RecordedFacts } from './verdict.ts';

/** What is in force in a room at this moment. */
export interface PolicyInForce {
  readonly policy: CompiledPolicy;
  /** Id of the community that the room belongs to. */
  readonly community: string | undefined;
}

export interface JudgeDeps {
  readonly botUserId: UserId;
  readonly rooms: RoomDirectory;
  readonly policyOf: (roomId: RoomId) => PolicyInForce;
  /** A moderator's decision about the same content, where one holds. */
  readonly precedentFor: (subject: Subject) => PrecedentFact | undefined;
  /** Who answers what rules ask. */
  readonly sources: Sources;
  /** Told of each check that failed where a rule needed it. */
  readonly onFailedCheck?: (failed: FailedCheck) => void;
  readonly clock: Clock;
}

export interface Judged {
  readonly type: 'judged';
  readonly subject: Subject;
  readonly decision: Exclude<Decision, { outcome: 'busy' | 'pending' }>;
  readonly facts: RecordedFacts;
  readonly fingerprint: string;
}

export type JudgeOutcome =
  Judged | { readonly type: 'busy'; readonly detail: string } | { readonly type: 'unknownRoom' };

/** Waits for answers so many milliseconds at the most; what comes later has failed. */
export async function judgeEvent(deps: JudgeDeps, event: EventReading, timeoutMs: number): Promise<JudgeOutcome> {
  const { pdu } = event;
  const room = await deps.rooms.factsOf(pdu.roomId);
  if (room === undefined) return { type: 'unknownRoom' };
  const { policy, community } = deps.policyOf(pdu.roomId);
  const subject: Subject = { event, room, community, now: deps.clock.now() };
  const plain = factsAbout(pdu, room, deps.botUserId, subject.now, deps.precedentFor(subject));
  const answers = new AnswerBook(deps.sources, subject);
  const facts = withAnswers(plain, answers);
  let failed: FailedCheck[] = [];
  const decideNow = (): Decision => decide(event, facts, policy.rules, (check) => void failed.push(check));
  let decision = decideNow();
  if (decision.outcome === 'pending') {
    const stop = new AbortController();
    const deadline = deps.clock.sleep(timeoutMs, stop.signal).catch(() => undefined);
    while (decision.outcome === 'pending') {
      await answers.settle(deadline);
      failed = [];
      decision = decideNow();
    }
    stop.abort();
  }
  for (const check of failed) deps.onFailedCheck?.(check);
  if (decision.outcome === 'busy') return { type: 'busy', detail: decision.detail };
  const { fingerprint } = policy;
  const asked = answers.record();
  return {
    type: 'judged',
    subject,
    decision,
    facts: recordOf(plain, asked, measureOf(event, plain.senderMembership, asked)),
    fingerprint,
  };
}
