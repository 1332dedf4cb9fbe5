/** Verdicts as people read them. */
import type { EvidenceAnswer, VerdictAnswer } from './owner-answers.ts';
import { fields, printable } from './table.ts';

/** All revisions, oldest first; the last one counts. */
export function describeVerdicts(verdicts: readonly VerdictAnswer[]): string {
  return verdicts.map((verdict) => describeVerdict(verdict, verdicts)).join('\n\n');
}

function describeVerdict(verdict: VerdictAnswer, all: readonly VerdictAnswer[]): string {
  const sameEvent = all.filter((other) => other.event_id === verdict.event_id);
  const isLatest = sameEvent.every((other) => other.revision <= verdict.revision);
  const state = sameEvent.length === 1 ? '' : isLatest ? ', in force' : ', replaced by a later one';
  const { decision } = verdict;
  return [
    `Verdict ${printable(verdict.reference)}, revision ${String(verdict.revision)} of ${String(sameEvent.length)}${state}`,
    fields([
      ['  outcome', decision.outcome === 'sign' ? 'signed: the event is let through' : 'refused'],
      ['  sender told', decision.outcome === 'refuse' ? `“${decision.message}”` : undefined],
      ['  harms', decision.outcome === 'refuse' && decision.harms.length > 0 ? decision.harms.join(', ') : undefined],
      ['  decided by', verdict.decided_by],
      ['  decided at', new Date(verdict.decided_at).toISOString()],
      ['  asked by', verdict.asked_by],
      ['  event', verdict.event_id],
      ['  type', verdict.type],
      ['  sender', verdict.sender],
      ['  room', `${verdict.room_id} (version ${verdict.room_version})`],
      ['  settings', `fingerprint ${verdict.configuration}`],
      ['  signature', decision.outcome === 'sign' ? `${decision.signature} (key ${decision.public_key})` : undefined],
    ]),
    ...section('  evidence', verdict.evidence.map(describeEvidence)),
    ...section(
      '  facts',
      Object.entries(verdict.facts).map(([name, value]) => `${name}: ${String(value)}`),
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `    ${printable(line)}`)];
}

/** The matched words are between guillemets, as terminals without colours and screen readers know no other mark. */
function describeEvidence({ path, span, matched, note }: EvidenceAnswer): string {
  const place = span === undefined ? path : `${path}, characters ${String(span.start)} to ${String(span.end)}`;
  return matched === undefined ? `${place}: ${note}` : `${place}: »${matched}« (${note})`;
}
