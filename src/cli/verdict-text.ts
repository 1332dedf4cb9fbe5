/** Verdicts as people read them. */
import type {
  EvidenceAnswer,
  ExplainedEventAnswer,
  ExplainedRuleAnswer,
  VerdictAnswer,
  VerdictListAnswer,
} from './owner-answers.ts';
import { fields, printable } from './table.ts';

/** All revisions, oldest first; the last one counts. Then what became of the event. */
export function describeVerdicts({ verdicts, events }: VerdictListAnswer): string {
  return [...verdicts.map((verdict) => describeVerdict(verdict, verdicts)), ...events.map(describeEvent)].join('\n\n');
}

function describeVerdict(verdict: VerdictAnswer, all: readonly VerdictAnswer[]): string {
  const sameEvent = all.filter((other) => other.event_id === verdict.event_id);
  const isLatest = sameEvent.every((other) => other.revision <= verdict.revision);
  const state = sameEvent.length === 1 ? '' : isLatest ? ', in force' : ', replaced by a later one';
  const { decision, known, took_ms: tookMs } = verdict;
  const facts =
    known?.map(({ what, value }) => `${what}: ${value}`) ??
    Object.entries(verdict.facts).map(
      ([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    );
  return [
    `Verdict ${printable(verdict.reference)}, revision ${String(verdict.revision)} of ${String(sameEvent.length)}${state}`,
    fields([
      ['  outcome', decision.outcome === 'sign' ? 'signed: the event is let through' : 'refused'],
      ['  sender told', decision.outcome === 'refuse' ? `“${decision.message}”` : undefined],
      ['  harms', decision.outcome === 'refuse' && decision.harms.length > 0 ? decision.harms.join(', ') : undefined],
      ['  decided by', verdict.decided_by],
      ['  because', verdict.explanation],
      ['  decided at', new Date(verdict.decided_at).toISOString()],
      ['  took', tookMs === undefined || tookMs === null ? undefined : `${String(tookMs)} ms`],
      ['  asked by', verdict.asked_by],
      ['  event', verdict.event_id],
      ['  type', verdict.type],
      ['  sender', verdict.sender],
      ['  room', `${verdict.room_id} (version ${verdict.room_version})`],
      ['  settings', `fingerprint ${verdict.configuration}`],
      ['  signature', decision.outcome === 'sign' ? `${decision.signature} (key ${decision.public_key})` : undefined],
    ]),
    ...section('  rule', verdict.rule === undefined || verdict.rule === null ? [] : linesOfRule(verdict.rule)),
    ...section('  evidence', verdict.evidence.flatMap(describeEvidence)),
    ...section('  flagged for people', verdict.flags.flatMap(linesOfMatch)),
    ...section(
      '  rules in shadow, not enforced',
      verdict.shadow.flatMap((one) => linesOfMatch({ ...one, rule: `${one.rule} (would ${one.action})` })),
    ),
    ...section('  facts', facts),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `    ${printable(line)}`)];
}

const SINCE = {
  same: 'in force still',
  changed: 'changed since: this is how it was',
  gone: 'in force no more: this is how it was',
} as const;

function linesOfRule({ name, description, when, origin, now }: ExplainedRuleAnswer): string[] {
  const from = origin === undefined || origin === null ? '' : `, from ${origin}`;
  return [
    `${name}${from}, ${SINCE[now]}`,
    ...(description === undefined || description === null ? [] : [description]),
    ...(when === undefined ? [] : [`when ${shortened(JSON.stringify(when))}`]),
  ];
}

/** Lists of words are long. */
function shortened(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}… (all of it: --json)` : text;
}

function linesOfMatch({ rule, evidence }: { rule: string; evidence: readonly EvidenceAnswer[] }): string[] {
  return [rule, ...evidence.flatMap(describeEvidence).map((line) => `  ${line}`)];
}

/** The matched words are between guillemets, as terminals without colours and screen readers know no other mark. */
function describeEvidence({ path, span, matched, note, context }: EvidenceAnswer): string[] {
  const place = span === undefined ? path : `${path}, characters ${String(span.start)} to ${String(span.end)}`;
  const line = matched === undefined ? `${place}: ${note}` : `${place}: »${matched}« (${note})`;
  if (context === undefined || context === null) return [line];
  return [line, `  in: ${context.before}»${context.matched}«${context.after}`];
}

function describeEvent({
  event_id: eventId,
  community,
  graph,
  content_kept: isKept,
  precedents,
}: ExplainedEventAnswer): string {
  const came = graph === undefined || graph === null ? undefined : new Date(graph.received_at).toISOString();
  const reason = graph?.reason === undefined || graph.reason === null ? '' : `: ${graph.reason}`;
  return [
    `Event ${printable(eventId)}`,
    fields([
      ['  community', community ?? undefined],
      ['  in the room', came === undefined ? 'it has not come in' : `${graph?.status ?? ''} at ${came}${reason}`],
      ['  content', isKept ? 'kept still' : 'kept no more'],
    ]),
    ...section(
      '  precedents that rest on it',
      precedents.map(({ id, action, sender, until, by }) => {
        return `${String(id)}: ${action} from ${sender ?? 'everyone'} until ${new Date(until).toISOString()}, by ${by}`;
      }),
    ),
  ].join('\n');
}
