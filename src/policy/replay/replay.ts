/**
 * Judges stored events again: by the rules of their time, which must give the stored verdicts, or by a draft, which tells
 * what it would change. Pure but for reading the log; whatever was asked of the surroundings then is answered as then.
 */
import { setImmediate } from 'node:timers/promises';
import { decide, type Decision } from '../pipeline.ts';
import { EventReading } from '../reading/event-reading.ts';
import type { CompiledPolicy } from '../rules/compiled-policy.ts';
import type { EffectiveDocument } from '../settings/effective-settings.ts';
import { compileUsable } from '../settings/usable-policy.ts';
import type { Verdict } from '../verdict.ts';
import { exampleOf, personIn, whoIs } from './examples.ts';
import { notAsked, recordedFacts, type OtherAnswers } from './facts-from-record.ts';
import type { ReplayOrder } from './order.ts';
import type { ReplayEntry, ReplayLog } from './ports.ts';
import { ReportBuilder, type Example, type ReplayReport } from './report.ts';
import { Simulation } from './simulation.ts';
import { storedPdu } from './stored-event.ts';

export interface ReplayProgress {
  /** Verdicts looked at, and how many there are about. */
  readonly done: number;
  readonly total: number;
}

export interface ReplayOptions {
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Aborted: the replay rejects. */
  readonly signal?: AbortSignal;
}

/** So few that most of a chunk is gone before the next one is read. */
const CHUNK = 250;

type Finished = Exclude<Decision, { outcome: 'busy' | 'pending' }>;

export async function replay(
  log: ReplayLog,
  order: ReplayOrder,
  { onProgress, signal }: ReplayOptions = {},
): Promise<ReplayReport> {
  const builder = new ReportBuilder();
  const begin = await log.positionBefore(order.since);
  const upTo = await log.lastPosition();
  const again = order.draft === undefined ? new LiveReplay(log, order, builder) : new DraftReplay(log, order, builder);
  await again.begin(begin);
  for (let after = begin; after < upTo;) {
    signal?.throwIfAborted();
    const entries = await log.read({ after, upTo, limit: CHUNK, withEvents: true });
    await again.prepare(entries);
    for (const entry of entries) again.take(entry);
    after = entries.length < CHUNK ? upTo : (entries.at(-1)?.position ?? upTo);
    onProgress?.({ done: after - begin, total: upTo - begin });
    await setImmediate();
  }
  return builder.report(order.draft === undefined ? 'live' : 'draft', order.since);
}

/** What both have in common: which verdicts are meant, and the rules to judge by. */
abstract class Again {
  protected readonly log: ReplayLog;
  protected readonly order: ReplayOrder;
  protected readonly builder: ReportBuilder;
  readonly #policies = new Map<string, CompiledPolicy | undefined>();

  constructor(log: ReplayLog, order: ReplayOrder, builder: ReportBuilder) {
    this.log = log;
    this.order = order;
    this.builder = builder;
  }

  abstract begin(position: number): Promise<void>;
  abstract prepare(entries: readonly ReplayEntry[]): Promise<void>;
  abstract take(entry: ReplayEntry): void;

  protected isMeant({ roomId, decidedAt }: Verdict): boolean {
    return decidedAt >= this.order.since && this.order.rooms?.has(roomId) !== false;
  }

  protected compile(fingerprint: string, document: string | undefined): void {
    if (this.#policies.has(fingerprint)) return;
    const policy =
      document === undefined
        ? undefined
        : compileUsable(JSON.parse(document) as EffectiveDocument, fingerprint, this.order.remoteChecks).policy;
    this.#policies.set(fingerprint, policy);
  }

  /** `undefined` where the event cannot be judged, which is counted. */
  protected judge(
    { verdict, event: text }: ReplayEntry,
    fingerprint: string,
    othersFor: (event: EventReading) => OtherAnswers,
  ): { readonly event: EventReading; readonly decision: Finished } | undefined {
    const { builder } = this;
    const policy = this.#policies.get(fingerprint);
    const pdu = text === undefined ? undefined : storedPdu(text, verdict);
    if (pdu === undefined) builder.count('contentGone');
    if (pdu !== undefined && policy === undefined) builder.count('settingsGone');
    if (pdu === undefined || policy === undefined) return undefined;
    const event = new EventReading(pdu);
    const decision = decide(event, recordedFacts(verdict, othersFor(event)), policy.rules);
    if (decision.outcome === 'busy' || decision.outcome === 'pending') {
      builder.count('undecided');
      return undefined;
    }
    builder.count('judged');
    return { event, decision };
  }
}

class LiveReplay extends Again {
  readonly #others: OtherAnswers = (type, question) => {
    this.builder.noteUnknown(type);
    return notAsked(type, question);
  };

  async begin(): Promise<void> {
    // Nothing of what was before is needed.
  }

  async prepare(entries: readonly ReplayEntry[]): Promise<void> {
    for (const fingerprint of new Set(entries.map(({ verdict }) => verdict.configuration))) {
      this.compile(fingerprint, await this.log.configuration(fingerprint));
    }
  }

  take(entry: ReplayEntry): void {
    const { verdict } = entry;
    if (!this.isMeant(verdict)) return;
    this.builder.count('verdicts');
    const judged = this.judge(entry, verdict.configuration, () => this.#others);
    if (judged === undefined) return;
    const { decision, event } = judged;
    if (verdict.decidedBy === 'history') {
      // A rule must have objected, in these words; the room's history then decided otherwise.
      const isSame = decision.outcome === 'refuse' && bytesOf(decision.evidence) === bytesOf(verdict.evidence);
      if (isSame) {
        this.builder.count('history');
        return;
      }
    } else if (isSameDecision(decision, verdict)) {
      this.builder.count('same');
      return;
    }
    const who = whoIs(verdict, personIn(verdict), this.order.regulars);
    this.builder.note('different', decision.decidedBy, who, () => exampleOf(verdict, event));
  }
}

class DraftReplay extends Again {
  readonly #simulation: Simulation;

  constructor(log: ReplayLog, order: ReplayOrder, builder: ReportBuilder) {
    super(log, order, builder);
    this.#simulation = new Simulation(log, {
      since: order.since,
      communityOf: (roomId) => order.communities.get(roomId),
      onUnknown: (type) => {
        builder.noteUnknown(type);
      },
    });
    for (const [fingerprint, document] of order.draft?.documents ?? []) this.compile(fingerprint, document);
  }

  async begin(position: number): Promise<void> {
    await this.#simulation.begin(position);
  }

  async prepare(entries: readonly ReplayEntry[]): Promise<void> {
    await this.#simulation.prepare(entries.map(({ verdict }) => verdict));
  }

  take(entry: ReplayEntry): void {
    const { verdict } = entry;
    const fingerprint = this.order.draft?.ofRooms.get(verdict.roomId);
    const judged = fingerprint === undefined || !this.isMeant(verdict) ? undefined : this.#judge(entry, fingerprint);
    const outcome = judged?.decision.outcome ?? verdict.decision.outcome;
    if (judged !== undefined) this.#compare(verdict, judged.event, judged.decision);
    this.#simulation.take(verdict, outcome === 'refuse');
  }

  #judge(
    entry: ReplayEntry,
    fingerprint: string,
  ): { readonly event: EventReading; readonly decision: Finished } | undefined {
    const { verdict } = entry;
    this.builder.count('verdicts');
    if (verdict.decidedBy === 'history') {
      this.builder.count('history');
      return undefined;
    }
    return this.judge(entry, fingerprint, (event) => this.#simulation.answersFor(event, verdict));
  }

  #compare(verdict: Verdict, event: EventReading, decision: Finished): void {
    const then = verdict.decision.outcome;
    const now = decision.outcome;
    const flaggedThen = new Set(verdict.flags.map(({ rule }) => rule));
    const flaggedNow = new Set(decision.flags.map(({ rule }) => rule));
    const changes: (readonly [Example['change'], string])[] = [
      ...[...flaggedNow].filter((rule) => !flaggedThen.has(rule)).map((rule) => ['flagged', rule] as const),
      ...[...flaggedThen].filter((rule) => !flaggedNow.has(rule)).map((rule) => ['unflagged', rule] as const),
    ];
    if (then === 'sign' && now === 'refuse') changes.push(['refused', decision.decidedBy]);
    if (then === 'refuse' && now === 'sign') changes.push(['allowed', verdict.decidedBy]);
    if (then === 'refuse' && now === 'refuse' && decision.decidedBy !== verdict.decidedBy) {
      changes.push(['otherRule', decision.decidedBy]);
    }
    if (changes.length === 0) this.builder.count('same');
    // What a rule in shadow would do changes nothing, and is what one looks for before it is switched on.
    for (const { rule, action } of decision.shadow) if (action === 'refuse') changes.push(['shadowed', rule]);
    if (changes.length === 0) return;
    const person = personIn(verdict) ?? this.#simulation.personAt(verdict);
    const who = whoIs(verdict, person, this.order.regulars);
    for (const [change, rule] of changes) this.builder.note(change, rule, who, () => exampleOf(verdict, event));
  }
}

/** Everything of a decision but the signature, byte for byte as it is stored. */
function isSameDecision(decision: Finished, verdict: Verdict): boolean {
  const stored = verdict.decision;
  if (decision.outcome !== stored.outcome || decision.decidedBy !== verdict.decidedBy) return false;
  if (decision.outcome === 'refuse' && stored.outcome === 'refuse') {
    const { message, harms } = decision;
    if (message !== stored.message || bytesOf(harms) !== bytesOf(stored.harms)) return false;
  }
  return (
    bytesOf(decision.evidence) === bytesOf(verdict.evidence) &&
    bytesOf(decision.flags) === bytesOf(verdict.flags) &&
    bytesOf(decision.shadow) === bytesOf(verdict.shadow)
  );
}

function bytesOf(list: readonly unknown[]): string {
  return list.length === 0 ? '[]' : JSON.stringify(list);
}
