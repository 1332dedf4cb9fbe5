/** What moderators work with, as people read it. */
import type { z } from 'zod';
import { formatDuration } from '../policy/filters/quantities.ts';
import type {
  actionList,
  decidedItems,
  begunLockdown,
  endedLockdowns,
  endedPrecedent,
  foundVerdicts,
  lockdownList,
  OverriddenAnswer,
  precedentList,
  QueueItemAnswer,
  queueList,
  VerdictSummary,
} from './moderation-answers.ts';
import { fields, printable, table } from './table.ts';

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

function more(next: number | null): string {
  return next === null ? '' : `\n… and more: --before ${String(next)}`;
}

function outcome({ outcome: what }: VerdictSummary): string {
  return what === 'sign' ? 'signed' : 'refused';
}

/** What was seen, in few words. */
function because({ evidence, flags, shadow }: VerdictSummary): string {
  const [first] = evidence;
  const seen = first === undefined ? [] : [first.matched === undefined ? first.note : `»${first.matched}«`];
  const marks = [...flags.map((rule) => `flag ${rule}`), ...shadow.map((rule) => `shadow ${rule}`)];
  return [...seen, ...marks].join(', ');
}

export function describeFound({ verdicts, next }: z.output<typeof foundVerdicts>): string {
  if (verdicts.length === 0) return `No such verdict${next === null ? '.' : ' on this page.'}${more(next)}`;
  const rows = verdicts.map((verdict) => [
    ...[time(verdict.decided_at), verdict.reference, outcome(verdict), verdict.decided_by],
    ...[verdict.sender, verdict.room_id, because(verdict)],
  ]);
  return table(['DECIDED', 'REFERENCE', 'OUTCOME', 'BY', 'SENDER', 'ROOM', 'SEEN'], rows) + more(next);
}

const NOT_DONE = 'Nothing is changed: this was a dry run.';

export function describeOverridden(answer: OverriddenAnswer, isDryRun = answer.dry_run === true): string {
  const { changed, verdict, precedent, notes } = answer;
  const { reference, event_id: eventId } = verdict;
  const what = `Verdict ${reference} about ${printable(eventId)} ${changed ? (isDryRun ? 'would be' : 'is') : 'was already'}: ${outcome(verdict)}.`;
  const id = String(precedent?.id ?? '');
  const covered = id === '' ? [] : [`Precedent ${id}: gatehouse precedents end ${id}`];
  return [what, ...notes.map(printable), ...covered, ...(isDryRun ? [NOT_DONE] : [])].join('\n');
}

export function describePrecedents({ precedents, next }: z.output<typeof precedentList>): string {
  if (precedents.length === 0) return 'No precedent holds.';
  const rows = precedents.map((precedent) => {
    const { id, action, sender, community, room_id: roomId, reference, until, by, note } = precedent;
    return [String(id), action, sender ?? 'everyone', community ?? roomId, reference, time(until), by, note];
  });
  return table(['ID', 'ACTION', 'SENDER', 'WHERE', 'REFERENCE', 'UNTIL', 'BY', 'NOTE'], rows) + more(next);
}

export function describeEndedPrecedent({ id, reference, dry_run: isDryRun }: z.output<typeof endedPrecedent>): string {
  const what = `Precedent ${String(id)}, made on ${reference},`;
  if (isDryRun) return `${what} would end: the rules would judge such messages again.\n${NOT_DONE}`;
  return `${what} has ended: the rules judge such messages again.`;
}

export function describeLockdown(answer: z.output<typeof begunLockdown>): string {
  const { scope, mode, who, interval, until, replaces, dry_run: isDryRun } = answer;
  const what = mode === 'slow' ? `Slow mode (one message every ${interval ?? '?'})` : 'Lockdown';
  const instead = replaces.length === 0 ? '' : ` in the place of ${replaces.join(', ')}`;
  const line = `${what} of ${printable(scope)} for ${who}, until ${time(until)}${instead}. It ends by itself.`;
  return isDryRun ? `${line}\n${NOT_DONE}` : line;
}

export function describeLockdowns({ lockdowns }: z.output<typeof lockdownList>): string {
  if (lockdowns.length === 0) return 'No room is locked down.';
  const rows = lockdowns.map(({ id, scope, mode, who, interval, until, by, note }) => [
    ...[String(id), scope, mode === 'slow' ? `slow, ${interval ?? '?'}` : mode, who, time(until), by, note],
  ]);
  return table(['ID', 'SCOPE', 'MODE', 'WHO', 'UNTIL', 'BY', 'NOTE'], rows);
}

export function describeEnded({ ended, dry_run: isDryRun }: z.output<typeof endedLockdowns>): string {
  const lines = ended.map(
    ({ scope, mode }) =>
      `${mode === 'slow' ? 'Slow mode' : 'Lockdown'} of ${printable(scope)} ${isDryRun ? 'would end' : 'has ended'}.`,
  );
  return [...lines, ...(isDryRun ? [NOT_DONE] : [])].join('\n');
}

export function describeQueue({ items, next }: z.output<typeof queueList>): string {
  if (items.length === 0) return `Nothing waits in the queue.${more(next)}`;
  const rows = items.map((item) => [
    ...[String(item.id), item.kind, stateOf(item), time(item.created_at), item.verdict.reference],
    ...[item.verdict.sender, item.verdict.room_id, because(item.verdict), item.statement],
  ]);
  const head = ['ID', 'KIND', 'STATUS', 'SINCE', 'REFERENCE', 'SENDER', 'ROOM', 'SEEN', 'STATEMENT'];
  return table(head, rows) + more(next);
}

function stateOf({ status, claimed_by: claimedBy, decision }: QueueItemAnswer): string {
  if (status === 'claimed') return `claimed by ${claimedBy ?? 'somebody'}`;
  return status === 'decided' ? `decided: ${decision ?? 'none'}` : status;
}

export function describeItem(item: QueueItemAnswer): string {
  const said = (text: string): string | undefined => (text === '' ? undefined : text);
  return fields([
    [`${item.kind === 'flag' ? 'Flagged event' : 'Appeal'} ${String(item.id)}`, stateOf(item)],
    ['  since', time(item.created_at)],
    ['  community', item.community ?? undefined],
    ['  statement', said(item.statement)],
    ['  verdict', `${item.verdict.reference}, ${outcome(item.verdict)} by ${item.verdict.decided_by}`],
    ['  event', item.verdict.event_id],
    ['  sender', item.verdict.sender],
    ['  room', item.verdict.room_id],
    ['  seen', said(because(item.verdict))],
    ['  decided by', item.decided_by ?? undefined],
    ['  note', said(item.note)],
  ]);
}

export function describeDecided({ results, dry_run: isDryRun }: z.output<typeof decidedItems>): string {
  const [done, failed] = isDryRun ? ['would be decided', 'would not be decided'] : ['is decided', 'is not decided'];
  return results
    .map(({ id, override, error }) => {
      const overridden = override === null ? [] : [describeOverridden(override, isDryRun)];
      const what = error === null ? `${done}.` : `${failed}: ${printable(error)}`;
      const undone = override === null && error === null && isDryRun ? [NOT_DONE] : [];
      return [`Item ${String(id)} ${what}`, ...overridden, ...undone].join('\n');
    })
    .join('\n');
}

export function describeActions({ actions, next }: z.output<typeof actionList>): string {
  if (actions.length === 0) return 'Nobody has done anything yet.';
  const rows = actions.map(({ at, actor, community, action, target, details, note }) => [
    ...[time(at), actor, community ?? '-', action, target],
    Object.entries(details)
      .flatMap(([name, value]) => (value === null || isNoTime(name, value) ? [] : [detail(name, value)]))
      .join(', '),
    note,
  ]);
  return table(['AT', 'WHO', 'COMMUNITY', 'ACTION', 'OF', 'DETAILS', 'NOTE'], rows) + more(next);
}

/** Details are named for scripts: the ending tells what a number is. */
function detail(name: string, value: string | number | boolean): string {
  if (typeof value !== 'number') return `${name}: ${String(value)}`;
  if (name.endsWith('_ms')) return `${name.slice(0, -'_ms'.length)}: ${formatDuration(value)}`;
  return `${name}: ${/(?:^|_)(?:until|at)$/u.test(name) ? time(value) : String(value)}`;
}

/** What has an interval only in slow mode. */
function isNoTime(name: string, value: unknown): boolean {
  return name.endsWith('_ms') && value === 0;
}
