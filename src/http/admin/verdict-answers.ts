/** Verdicts as the admin API shows them: in short, and with everything that explains them. */
import * as z from 'zod';
import type { ExplainedEvent, ExplainedVerdict, Explanation } from '../../policy/moderation/explanation.ts';
import type { Precedent } from '../../policy/moderation/ports.ts';
import type { Evidence, Verdict } from '../../policy/verdict.ts';
import type { EventDetails } from '../../rooms/inspection.ts';
import type { VerdictDeps } from './moderation-access.ts';

const time = z.int().describe('Milliseconds since 1970.');
const span = z.object({ start: z.int(), end: z.int() }).describe('In UTF-16 units of the text at `path`.');

const evidence = z.object({
  path: z.string().describe('Where in the event.'),
  span: span.optional(),
  matched: z.string().optional(),
  note: z.string(),
  check: z.string().optional().describe('Which check of the rule it was.'),
});

export const verdictSummary = z.object({
  event_id: z.string(),
  reference: z.string(),
  revision: z.int(),
  room_id: z.string(),
  sender: z.string(),
  type: z.string(),
  outcome: z.enum(['sign', 'refuse']),
  message: z.string().nullable().describe('What the sender is told of a refusal.'),
  decided_by: z.string(),
  evidence: z.array(evidence),
  flags: z.array(z.string()).describe('Rules that want people to look at it.'),
  shadow: z.array(z.string()).describe('Rules in shadow that matched.'),
  asked_by: z.string(),
  decided_at: time,
});

function evidenceOf({ path, span: where, matched, note, check }: Evidence): z.output<typeof evidence> {
  return { path, span: where, matched, note, check };
}

export function summaryOf(verdict: Verdict): z.output<typeof verdictSummary> {
  const { eventId, reference, revision, roomId, sender, type, decision, flags, shadow } = verdict;
  return {
    ...{ event_id: eventId, reference, revision, room_id: roomId, sender, type },
    outcome: decision.outcome,
    message: decision.outcome === 'refuse' ? decision.message : null,
    decided_by: verdict.decidedBy,
    evidence: verdict.evidence.map(evidenceOf),
    flags: flags.map(({ rule }) => rule),
    shadow: shadow.map(({ rule }) => rule),
    asked_by: verdict.askedBy,
    decided_at: verdict.decidedAt,
  };
}

export const precedentAnswer = z.object({
  id: z.int(),
  action: z.enum(['allow', 'refuse']),
  sender: z.string().nullable().describe('Whose events it covers; null: those of everybody.'),
  community: z.string().nullable().describe('Where it holds; null: in the one room.'),
  room_id: z.string(),
  reference: z.string().describe('Of the verdict that was decided on.'),
  decided_on: z.string().describe('The event that was decided on.'),
  by: z.string(),
  note: z.string(),
  made_at: time,
  until: time,
});

export function precedentOf(precedent: Precedent): z.output<typeof precedentAnswer> {
  const { id, action, sender, community, roomId, reference, decidedOn, by, note, madeAt, until } = precedent;
  return {
    ...{ id, action, sender: sender ?? null, community: community ?? null, room_id: roomId, reference },
    ...{ decided_on: decidedOn, by, note, made_at: madeAt, until },
  };
}

const context = z.object({ before: z.string(), matched: z.string(), after: z.string() });
const explainedEvidence = evidence.extend({
  context: context.nullable().describe('The text around the span, while the event is kept.'),
});

const explainedRule = z.object({
  name: z.string(),
  description: z.string().nullable(),
  action: z.string(),
  message: z.string().nullable(),
  mode: z.string(),
  when: z.unknown().describe('The condition, as written.'),
  origin: z.string().nullable().describe('The layer that has the rule, where it is still there unchanged.'),
  now: z.enum(['same', 'changed', 'gone']).describe('What became of the rule since.'),
});

const decision = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('sign'), signature: z.string(), public_key: z.string() }),
  z.object({ outcome: z.literal('refuse'), message: z.string(), harms: z.array(z.string()) }),
]);

const explainedVerdict = z.object({
  ...{ event_id: z.string(), reference: z.string(), revision: z.int(), is_latest: z.boolean() },
  ...{ room_id: z.string(), room_version: z.string(), sender: z.string(), type: z.string() },
  decision,
  decided_by: z.string(),
  explanation: z.string().describe('Who decided, in a sentence.'),
  rule: explainedRule.nullable().describe('The rule as it was; null for deciders that are no rules.'),
  evidence: z.array(explainedEvidence),
  flags: z.array(z.object({ rule: z.string(), evidence: z.array(evidence) })),
  shadow: z.array(z.object({ rule: z.string(), action: z.string(), evidence: z.array(evidence) })),
  facts: z.record(z.string(), z.unknown()).describe('As they were recorded.'),
  known: z.array(z.object({ what: z.string(), value: z.string() })).describe('The same, as people read them.'),
  configuration: z.string().describe('Fingerprint of the settings in force.'),
  asked_by: z.string(),
  decided_at: time,
  took_ms: z.int().nullable().describe('How long it took to decide; null where that is not known.'),
});

const explainedEvent = z.object({
  event_id: z.string(),
  room_id: z.string(),
  community: z.string().nullable(),
  content_kept: z.boolean().describe('Whether the event itself is kept still.'),
  graph: z
    .object({ status: z.string(), reason: z.string().nullable(), received_from: z.string(), received_at: time })
    .nullable()
    .describe('The event in our copy of the room; null where it has not come in.'),
  precedents: z.array(precedentAnswer).describe('Those that rest on the verdict and hold.'),
});

export const explanationAnswer = z.object({
  verdicts: z.array(explainedVerdict).describe('All revisions, oldest first.'),
  events: z.array(explainedEvent),
});

export async function explanationOf(
  { verdicts, events }: Explanation,
  { showEvent }: Pick<VerdictDeps, 'showEvent'>,
): Promise<z.output<typeof explanationAnswer>> {
  const shown = events.map(async (event) => explainedEventOf(event, await showEvent(event.eventId)));
  return { verdicts: verdicts.map(explainedVerdictOf), events: await Promise.all(shown) };
}

function explainedEventOf(
  { eventId, roomId, community, isContentKept, precedents }: ExplainedEvent,
  details: EventDetails | undefined,
): z.output<typeof explainedEvent> {
  return {
    ...{ event_id: eventId, room_id: roomId, community: community ?? null, content_kept: isContentKept },
    graph:
      details?.roomId === roomId
        ? {
            ...{ status: details.status, reason: details.reason ?? null },
            ...{ received_from: details.receivedFrom, received_at: details.receivedAt },
          }
        : null,
    precedents: precedents.map(precedentOf),
  };
}

function explainedVerdictOf(explained: ExplainedVerdict): z.output<typeof explainedVerdict> {
  const { verdict, isLatest, explanation, rule, known } = explained;
  const { eventId, reference, revision, roomId, roomVersion, sender, type, flags, shadow } = verdict;
  return {
    ...{ event_id: eventId, reference, revision, is_latest: isLatest },
    ...{ room_id: roomId, room_version: roomVersion, sender, type },
    decision:
      verdict.decision.outcome === 'sign'
        ? { outcome: 'sign', signature: verdict.decision.signature, public_key: verdict.decision.publicKey }
        : { outcome: 'refuse', message: verdict.decision.message, harms: [...verdict.decision.harms] },
    ...{ decided_by: verdict.decidedBy, explanation },
    rule:
      rule === undefined
        ? null
        : {
            ...rule,
            ...{ description: rule.description ?? null, message: rule.message ?? null, origin: rule.origin ?? null },
          },
    evidence: explained.evidence.map((one) => ({ ...evidenceOf(one), context: one.context ?? null })),
    flags: flags.map((one) => ({ rule: one.rule, evidence: one.evidence.map(evidenceOf) })),
    shadow: shadow.map((one) => ({ rule: one.rule, action: one.action, evidence: one.evidence.map(evidenceOf) })),
    ...{ facts: { ...verdict.facts }, known: [...known], configuration: verdict.configuration },
    ...{ asked_by: verdict.askedBy, decided_at: verdict.decidedAt, took_ms: verdict.tookMs ?? null },
  };
}
