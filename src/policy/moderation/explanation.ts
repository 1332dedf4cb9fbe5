/** Why events were signed or refused: verdicts, with the rules as they were and what is still known of the events. */
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { JudgedEvents, VerdictStore } from '../ports.ts';
import { parseEventId } from '../../protocol/ids/event-id.ts';
import { parseReference } from '../reference.ts';
import { originOf } from '../settings/effective-settings.ts';
import type { SettingsDirectory } from '../settings/settings-directory.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { Evidence, Verdict } from '../verdict.ts';
import { judgedPdu } from './override-verdict.ts';
import type { Precedent } from './ports.ts';
import type { Precedents } from './precedents.ts';
import { readableFacts, type ReadableFact } from './recorded-facts.ts';
import { excerptOf, textAt, type TextExcerpt } from './text-in-event.ts';

export interface ExplainDeps {
  readonly verdicts: Pick<VerdictStore, 'history' | 'findByReference'>;
  readonly judgedEvents: JudgedEvents;
  readonly settings: Pick<SettingsDirectory, 'configuration' | 'settingsOf' | 'communityOf'>;
  readonly precedents: Pick<Precedents, 'restingOn'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A rule as it was when it decided. */
export interface ExplainedRule {
  readonly name: string;
  readonly description: string | undefined;
  readonly action: string;
  readonly message: string | undefined;
  readonly mode: string;
  /** As written. */
  readonly when: unknown;
  /** The layer that has the rule, where it is still there unchanged. */
  readonly origin: string | undefined;
  /** What became of it since. */
  readonly now: 'same' | 'changed' | 'gone';
}

export interface ExplainedEvidence extends Evidence {
  /** While the event is kept. */
  readonly context: TextExcerpt | undefined;
}

export interface ExplainedVerdict {
  readonly verdict: Verdict;
  /** False where a later revision counts. */
  readonly isLatest: boolean;
  /** Who decided, in a sentence. */
  readonly explanation: string;
  readonly rule: ExplainedRule | undefined;
  readonly evidence: readonly ExplainedEvidence[];
  readonly known: readonly ReadableFact[];
}

export interface ExplainedEvent {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly community: string | undefined;
  readonly isContentKept: boolean;
  /** Precedents that rest on the verdict and hold, newest first. */
  readonly precedents: readonly Precedent[];
}

export interface Explanation {
  readonly verdicts: readonly ExplainedVerdict[];
  /** Those that the verdicts are about: one, but for references that two events happen to share. */
  readonly events: readonly ExplainedEvent[];
}

/** By event id (`$…`) or by reference, oldest first; empty where there is none. */
export async function findVerdicts(
  { verdicts }: Pick<ExplainDeps, 'verdicts'>,
  referenceOrEventId: string,
): Promise<readonly Verdict[]> {
  const eventId = parseEventId(referenceOrEventId);
  if (eventId !== undefined) return await verdicts.history(eventId);
  const reference = parseReference(referenceOrEventId);
  return reference === undefined ? [] : await verdicts.findByReference(reference);
}

export async function explain(deps: ExplainDeps, verdicts: readonly Verdict[]): Promise<Explanation> {
  const pdus = new Map<EventId, Pdu | undefined>();
  const events: ExplainedEvent[] = [];
  for (const verdict of verdicts) {
    const { eventId, roomId } = verdict;
    if (pdus.has(eventId)) continue;
    const pdu = await judgedPdu(deps, verdict);
    pdus.set(eventId, pdu);
    events.push({
      ...{ eventId, roomId, isContentKept: pdu !== undefined },
      community: deps.settings.communityOf({ kind: 'room', roomId }),
      precedents: deps.precedents.restingOn(eventId, deps.clock.now()),
    });
  }
  const explained: ExplainedVerdict[] = [];
  for (const verdict of verdicts) {
    const later = verdicts.some(({ eventId, revision }) => {
      return eventId === verdict.eventId && revision > verdict.revision;
    });
    const rule = await ruleThen(deps, verdict);
    explained.push({
      ...{ verdict, isLatest: !later, rule },
      explanation: sentenceOf(verdict, rule),
      evidence: withContext(verdict.evidence, pdus.get(verdict.eventId)?.raw),
      known: readableFacts(verdict.facts),
    });
  }
  return { verdicts: explained, events };
}

function withContext(evidence: readonly Evidence[], raw: JsonObject | undefined): readonly ExplainedEvidence[] {
  return evidence.map((one) => {
    const text = raw === undefined || one.span === undefined ? undefined : textAt(raw, one.path);
    const context = text === undefined || one.span === undefined ? undefined : excerptOf(text, one.span);
    return { ...one, context };
  });
}

/** Deciders that are no rules. */
const DECIDERS: ReadonlyMap<string, string> = new Map([
  ['none', 'No rule objected.'],
  ['moderator', 'No rule that judges moderators objected.'],
  ['history', 'A rule objected, but the event is from before protection began.'],
  ['bot_membership', 'It is about the membership of the bot itself, which is always signed.'],
  ['departure', 'Leaving, kicking, banning and unbanning are always signed.'],
  ['own_redaction', 'People may always take back what they said.'],
  ['precedent', 'A moderator decided about the same content before.'],
  ['override', 'A moderator decided otherwise.'],
]);

function sentenceOf({ decidedBy, decision, facts }: Verdict, rule: ExplainedRule | undefined): string {
  const known = DECIDERS.get(decidedBy);
  if (known !== undefined && rule === undefined) {
    const by = facts['by'];
    return decidedBy === 'override' && typeof by === 'string' ? `A moderator, ${by}, decided otherwise.` : known;
  }
  const what = rule?.description === undefined ? '' : `: ${rule.description}`;
  return `The rule "${decidedBy}" ${decision.outcome === 'sign' ? 'allows' : 'refuses'} it${what}`;
}

async function ruleThen(
  { settings }: Pick<ExplainDeps, 'settings'>,
  { decidedBy, configuration, roomId }: Verdict,
): Promise<ExplainedRule | undefined> {
  if (DECIDERS.has(decidedBy)) return undefined;
  const current = settings.settingsOf(roomId);
  const stored = await settings.configuration(configuration);
  const then = stored === undefined ? undefined : ruleIn(JSON.parse(stored), decidedBy);
  const now = ruleIn(current.settings.document, decidedBy);
  // Settings that came into force a moment ago may be on their way into storage still.
  const rule = then ?? (current.policy.fingerprint === configuration ? now : undefined);
  if (rule === undefined) return undefined;
  const isSame = now !== undefined && isEqualJson(now, rule);
  return {
    name: decidedBy,
    description: textOf(rule, 'description'),
    action: textOf(rule, 'action') ?? 'refuse',
    message: textOf(rule, 'message'),
    mode: textOf(rule, 'mode') ?? 'on',
    when: rule.get('when'),
    origin: isSame ? originOf(current.settings, `rules.${decidedBy}.when`) : undefined,
    now: isSame ? 'same' : now === undefined ? 'gone' : 'changed',
  };
}

type Rule = ReadonlyMap<string, unknown>;

function ruleIn(document: unknown, name: string): Rule | undefined {
  const rule = mapOf(mapOf(document)?.get('rules'))?.get(name);
  return mapOf(rule);
}

function mapOf(value: unknown): Rule | undefined {
  return typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)) : undefined;
}

function textOf(rule: Rule, key: string): string | undefined {
  const value = rule.get(key);
  return typeof value === 'string' ? value : undefined;
}

function isEqualJson(a: Rule, b: Rule): boolean {
  return a.size === b.size && [...a].every(([key, value]) => sorted(value) === sorted(b.get(key)));
}

function sorted(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
