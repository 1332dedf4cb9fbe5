/**
 * A moderator decides otherwise about one event: a new verdict is appended, never an old one changed, and homeservers that
 * ask again get it. The author's next try is a new event, so the decision may cover the same content as well.
 */
import { signText, type SigningKey } from '../../protocol/ed25519.ts';
import { parsePdu, signableText, type Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { isJsonObject, parseJson } from '../../protocol/json.ts';
import { roomVersionRules } from '../../protocol/room-versions.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { JudgedEvents, VerdictStore } from '../ports.ts';
import { EventReading } from '../reading/event-reading.ts';
import type { RememberedAnswers } from '../remembered-answers.ts';
import type { Verdict } from '../verdict.ts';
import { contentFingerprint } from './content-fingerprint.ts';
import type { NewOverride, OverrideStore, Precedent } from './ports.ts';
import type { Precedents } from './precedents.ts';

export interface OverrideDeps {
  readonly serverName: ServerName;
  readonly policyKey: SigningKey;
  readonly verdicts: Pick<VerdictStore, 'find'>;
  readonly judgedEvents: JudgedEvents;
  readonly answers: RememberedAnswers;
  readonly precedents: Pick<Precedents, 'isFull' | 'learn'>;
  readonly overrides: OverrideStore;
  readonly communityOf: (roomId: RoomId) => string | undefined;
  readonly clock: Clock;
}

export interface Override {
  readonly eventId: EventId;
  readonly action: 'allow' | 'refuse';
  /** Whether the same content is decided the same way when it is sent again, and by whom. */
  readonly covers: 'this' | 'sender' | 'everyone';
  /** For how long, in milliseconds. */
  readonly forMs: number;
  readonly actor: string;
  readonly note: string;
  /** What the sender is told of a refusal. */
  readonly message: string | undefined;
  /** Only tells what would come of it. */
  readonly dryRun?: boolean;
}

export type OverrideOutcome =
  | {
      readonly type: 'overridden';
      readonly verdict: Verdict;
      /** False where the verdict was that already, and only the precedent is new. */
      readonly isNewVerdict: boolean;
      /** Without an id where it is not stored. */
      readonly precedent: (Omit<Precedent, 'id'> & Partial<Pick<Precedent, 'id'>>) | undefined;
    }
  | { readonly type: 'unknown' }
  /** The verdict is that already, and no precedent was wanted. */
  | { readonly type: 'unchanged'; readonly verdict: Verdict }
  /** The event itself is kept no more, so that it cannot be signed or compared. */
  | { readonly type: 'contentGone' }
  | { readonly type: 'tooManyPrecedents' };

const DEFAULT_MESSAGE = 'A moderator of this room did not accept your message.';
/** Somebody else may decide at the same moment. */
const MAX_ATTEMPTS = 5;

export async function overrideVerdict(deps: OverrideDeps, override: Override): Promise<OverrideOutcome> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const latest = await deps.verdicts.find(override.eventId);
    if (latest === undefined) return { type: 'unknown' };
    const wanted = override.action === 'allow' ? 'sign' : 'refuse';
    const isChange = latest.decision.outcome !== wanted;
    if (!isChange && override.covers === 'this') return { type: 'unchanged', verdict: latest };
    const pdu = await judgedPdu(deps, latest);
    if (pdu === undefined && (override.action === 'allow' || override.covers !== 'this')) {
      return { type: 'contentGone' };
    }
    if (override.covers !== 'this' && deps.precedents.isFull) return { type: 'tooManyPrecedents' };
    const verdict = isChange ? revised(deps, override, latest, pdu) : latest;
    const planned = pdu === undefined ? undefined : precedentFor(deps, override, verdict, pdu);
    if (override.dryRun === true) return { type: 'overridden', verdict, isNewVerdict: isChange, precedent: planned };
    const stored = await deps.overrides.add({
      verdict: isChange ? verdict : undefined,
      precedent: planned,
      actionFor: actionFor(deps, override, verdict),
    });
    // Another revision came first.
    if (!stored.ok) continue;
    const { precedent } = stored;
    if (precedent !== undefined) deps.precedents.learn(precedent);
    if (isChange) deps.answers.forget();
    return { type: 'overridden', verdict, isNewVerdict: isChange, precedent };
  }
  throw new Error('a verdict is being changed too often to change it');
}

function revised(deps: OverrideDeps, override: Override, latest: Verdict, pdu: Pdu | undefined): Verdict {
  return {
    ...latest,
    revision: latest.revision + 1,
    decision: decisionOf(deps, override, pdu),
    decidedBy: 'override',
    evidence: [],
    flags: [],
    shadow: [],
    facts: { by: override.actor, note: override.note, instead_of: latest.decidedBy },
    askedBy: deps.serverName,
    decidedAt: deps.clock.now(),
    tookMs: undefined,
  };
}

function decisionOf(deps: OverrideDeps, override: Override, pdu: Pdu | undefined): Verdict['decision'] {
  if (override.action === 'refuse' || pdu === undefined) {
    return { outcome: 'refuse', message: override.message ?? DEFAULT_MESSAGE, harms: [] };
  }
  const { policyKey } = deps;
  return { outcome: 'sign', signature: signText(policyKey, signableText(pdu)), publicKey: policyKey.publicKeyText };
}

function precedentFor(deps: OverrideDeps, override: Override, verdict: Verdict, pdu: Pdu): NewOverride['precedent'] {
  if (override.covers === 'this') return undefined;
  const now = deps.clock.now();
  return {
    fingerprint: contentFingerprint(new EventReading(pdu)),
    action: override.action,
    sender: override.covers === 'sender' ? verdict.sender : undefined,
    community: deps.communityOf(verdict.roomId),
    roomId: verdict.roomId,
    reference: verdict.reference,
    decidedOn: verdict.eventId,
    by: override.actor,
    note: override.note,
    madeAt: now,
    until: now + override.forMs,
  };
}

function actionFor(
  deps: OverrideDeps,
  { actor, note, action, covers }: Override,
  verdict: Verdict,
): NewOverride['actionFor'] {
  return (precedent) => ({
    at: deps.clock.now(),
    actor,
    community: deps.communityOf(verdict.roomId),
    action: `verdict.${action}`,
    target: verdict.eventId,
    note,
    details: { reference: verdict.reference, revision: verdict.revision, covers, precedent: precedent?.id ?? null },
  });
}

/** The event as it was judged; `undefined` where it is kept no more. */
export async function judgedPdu(
  { judgedEvents }: Pick<OverrideDeps, 'judgedEvents'>,
  verdict: Pick<Verdict, 'eventId' | 'roomVersion'>,
): Promise<Pdu | undefined> {
  const text = await judgedEvents.find(verdict.eventId);
  const rules = roomVersionRules(verdict.roomVersion);
  if (text === undefined || rules === undefined) return undefined;
  const json = parseJson(text);
  if (!json.ok || !isJsonObject(json.value)) return undefined;
  const parsed = parsePdu(json.value, rules);
  return parsed.ok ? parsed.pdu : undefined;
}
