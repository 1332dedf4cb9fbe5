/** Replays and rules in shadow, as people read them. */
import type { ErasureAnswer, ExampleAnswer, PeopleAnswer, ReportAnswer, ShadowAnswer } from './replay-answers.ts';
import { printable, table } from './table.ts';

/** In the order in which people want to know. */
const CHANGES: ReadonlyMap<string, string> = new Map([
  ['refused', 'newly refused'],
  ['allowed', 'newly allowed'],
  ['flagged', 'newly flagged'],
  ['unflagged', 'no longer flagged'],
  ['shadowed', 'refused but for shadow'],
  ['otherRule', 'refused by another rule'],
  ['different', 'not as stored'],
]);

const EXAMPLES_SHOWN = 30;

export function describeReplay(mode: string, report: ReportAnswer): string {
  const blocks = [summary(mode, report)];
  if (report.rules.length > 0) {
    const rows = report.rules.map(({ rule, change, people }) => [
      CHANGES.get(change) ?? change,
      rule,
      ...numbers(people),
    ]);
    blocks.push(table(['what', 'rule', 'moderators', 'regulars', 'newcomers'], rows));
  }
  if (report.examples.length > 0) blocks.push(examplesTable(report.examples));
  return blocks.join('\n\n');
}

function summary(mode: string, report: ReportAnswer): string {
  const { verdicts, judged, same, history, content_gone: gone, settings_gone: settingsGone, undecided } = report;
  const otherwise = judged - same - (mode === 'live' ? history : 0);
  const lines = [
    `${count(verdicts, 'event')}: ${String(judged)} judged again, ${String(same)} as before, ${String(otherwise)} otherwise`,
  ];
  if (history > 0) lines.push(`${String(history)} are from before protection began, and are signed whatever rules say`);
  if (gone > 0) lines.push(`${String(gone)} cannot be judged: what they said is kept no more`);
  if (settingsGone > 0) {
    lines.push(`${String(settingsGone)} cannot be judged: the settings of their time are not stored`);
  }
  if (undecided > 0) lines.push(`${String(undecided)} cannot be decided: a check would have to be asked now`);
  for (const [kind, times] of Object.entries(report.unknown)) {
    lines.push(`not known any more: ${kind} (asked ${count(times, 'time')}); such checks count as failed`);
  }
  const people = report.changes['refused'];
  if (people !== undefined && people.moderator + people.regular > 0) {
    const { moderator, regular } = people;
    lines.push(
      `mind: ${count(moderator, 'message')} of moderators and ${String(regular)} of regulars would be refused`,
    );
  }
  return lines.join('\n');
}

export function describeShadow({ rules, is_complete: isComplete }: ShadowAnswer): string {
  if (rules.length === 0) return 'no rule in shadow has matched';
  const rows = rules.map(({ rule, action, people, refused_anyway: anyway, last_at: last }) => {
    return [rule, `would ${action}`, ...numbers(people), String(anyway), new Date(last).toISOString()];
  });
  const head = ['rule', 'what', 'moderators', 'regulars', 'newcomers', 'refused anyway', 'last'];
  const blocks = [table(head, rows)];
  const examples = rules.flatMap((rule) => rule.examples);
  if (examples.length > 0) blocks.push(examplesTable(examples));
  if (!isComplete) blocks.push('there were more than could be looked at: ask for a shorter time');
  return blocks.join('\n\n');
}

export function describeErasure(answer: ErasureAnswer): string {
  const {
    user_id: userId,
    verdicts,
    appeals,
    events,
    state_left: left,
    is_logged: isLogged,
    dry_run: isDryRun,
  } = answer;
  const what = isDryRun ? 'would erase' : 'erased';
  const lines = [
    `${what} what ${printable(userId)} has said: in ${count(verdicts, 'verdict')}, ${count(appeals, 'appeal')} and ` +
      count(events, 'stored event'),
  ];
  if (left > 0) lines.push(`${count(left, 'state event')} of theirs that rooms work by stay as they are`);
  if (isDryRun) return [...lines, 'Nothing is erased: this was a dry run.'].join('\n');
  if (!isLogged) lines.push('It could not be entered in the log of actions: the log of the server says why.');
  lines.push('Other servers have copies of their own: redact what is still to be seen in rooms.');
  return lines.join('\n');
}

function examplesTable(examples: readonly ExampleAnswer[]): string {
  const rows = examples.slice(0, EXAMPLES_SHOWN).map(({ change = '', rule, who, reference, sender, excerpt }) => {
    return [CHANGES.get(change) ?? change, rule, who, sender, reference, excerpt.slice(0, 60)];
  });
  return table(['example', 'rule', 'who', 'sender', 'reference', 'text'], rows);
}

function numbers({ moderator, regular, newcomer }: PeopleAnswer): string[] {
  return [moderator, regular, newcomer].map(String);
}

function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? '' : 's'}`;
}
