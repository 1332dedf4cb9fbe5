/** Policy lists as people read them. */
import type { z } from 'zod';
import type {
  decided,
  matchList,
  overriddenRule,
  overviewList,
  PreviewAnswer,
  RuleAnswer,
  ruleList,
  subscribed,
  unsubscribed,
  waitingList,
} from './list-answers.ts';
import { describeChanges } from './settings-text.ts';
import { printable, table } from './table.ts';

function count(number: number, one: string, more = `${one}s`): string {
  return `${String(number)} ${number === 1 ? one : more}`;
}

export function describeOverview({ lists }: z.output<typeof overviewList>): string {
  if (lists.length === 0) return 'No policy list is in use: gatehouse lists preview shows what one would do.';
  const warned = lists.flatMap(({ list, warnings }) => warnings.map((warning) => `${list}: ${warning}`));
  const lines = table(
    ['LIST', 'NAME', 'BOT', 'RULES', 'SUBSCRIBER', 'TRUST', 'LIMIT', 'ROOMS'],
    lists.flatMap(({ list, bot, rules, subscribers }) =>
      subscribers.map(({ name, scope, trust, limit, rooms }) => [
        ...[list, name ?? '-', bot, String(rules.user + rules.server + rules.room)],
        ...[scope, trust, String(limit), String(rooms)],
      ]),
    ),
  );
  return withWarnings(lines, warned);
}

function withWarnings(text: string, warnings: readonly string[]): string {
  return warnings.length === 0 ? text : [text, '', ...warnings.map(printable)].join('\n');
}

export function describeRules({ total, rules }: z.output<typeof ruleList>): string {
  if (total === 0) return 'No such rule.';
  const lines = table(['KIND', 'ENTITY', 'RECOMMENDATION', 'REASON'], rules.map(rowOf));
  return rules.length === total ? lines : `${lines}\n… and ${String(total - rules.length)} more: see --limit`;
}

function rowOf({ kind, entity, recommendation, reason }: RuleAnswer): string[] {
  return [kind, entity, recommendation, reason ?? '-'];
}

export function describePreview(answer: PreviewAnswer): string {
  const where = count(answer.rooms_looked_at, 'room');
  if (answer.rules.length === 0) {
    return withWarnings(`No rule of ${answer.list} is about anybody in ${where}.`, answer.warnings);
  }
  const rows = answer.rules.map(({ rule, people, moderators, waits }) => [
    ...[rule.kind, rule.entity, String(people), String(moderators), waits ? 'yes' : '-', rule.reason ?? '-'],
  ]);
  const waiting = count(answer.waiting_rules, 'rule would wait', 'rules would wait');
  const lines = [
    table(['KIND', 'ENTITY', 'PEOPLE', 'MODERATORS', 'WAITS', 'REASON'], rows),
    '',
    peopleTable(answer),
    '',
    `${count(answer.people, 'person', 'people')} in ${where}, ${count(answer.moderators, 'moderator')} among them;`,
    `${waiting} for a human: gatehouse lists waiting`,
  ];
  return withWarnings(lines.join('\n'), answer.warnings);
}

/** More do not fit on a screen. */
const MOST_PEOPLE = 30;

type ListedPerson = PreviewAnswer['rules'][number]['listed'][number];

/** Who is in which rooms, and which rules are about them; moderators first, then regulars. */
function peopleTable({ rules, people: total }: PreviewAnswer): string {
  const people = new Map<string, { first: ListedPerson; rooms: Set<string>; who: Who; rules: string[] }>();
  for (const { rule, listed } of rules) {
    for (const listedPerson of listed) {
      const { user_id: userId, rooms } = listedPerson;
      const person = people.get(userId) ?? { first: listedPerson, rooms: new Set(), who: 'newcomer', rules: [] };
      for (const room of rooms) person.rooms.add(room);
      if (WHO.indexOf(whoIs(listedPerson)) < WHO.indexOf(person.who)) person.who = whoIs(listedPerson);
      person.rules.push(rule.entity);
      people.set(userId, person);
    }
  }
  const shown = [...people].sort(([, a], [, b]) => WHO.indexOf(a.who) - WHO.indexOf(b.who)).slice(0, MOST_PEOPLE);
  const rows = shown.map(([userId, { first, rooms, who, rules: about }]) => [
    ...[userId, who, String(first.messages ?? '-'), about.join(', '), [...rooms].join(', ')],
  ]);
  const lines = table(['PERSON', 'WHO', 'MESSAGES', 'RULES', 'ROOMS'], rows);
  return total > shown.length ? `${lines}\n… and ${String(total - shown.length)} more: see --json` : lines;
}

const WHO = ['moderator', 'regular', 'newcomer'] as const;
type Who = (typeof WHO)[number];

function whoIs({ moderates, is_regular: isRegular }: ListedPerson): Who {
  if (moderates.length > 0) return 'moderator';
  return isRegular === true ? 'regular' : 'newcomer';
}

export function describeSubscribed(
  answer: z.output<typeof subscribed>,
  { isDryRun, isOff }: { readonly isDryRun: boolean; readonly isOff: boolean },
): string {
  const { list, changes, revision } = answer;
  if (isOff) {
    if (isDryRun) return `Would switch ${list} off there: none of its rules would count.`;
    return `${list} is switched off there: none of its rules counts (revision ${String(revision)}).`;
  }
  const what = changes.length === 0 ? `Nothing changes: ${list} is subscribed to like that` : `Subscribed to ${list}`;
  const head = isDryRun ? `Would change ${count(changes.length, 'setting')}` : `${what} (revision ${String(revision)})`;
  const changed = changes.length === 0 ? [] : [describeChanges(changes)];
  return [`${head}.`, ...changed, '', describePreview(answer)].join('\n');
}

export function describeUnsubscribed(answer: z.output<typeof unsubscribed>, isDryRun: boolean): string {
  const { list, changes, revision } = answer;
  if (changes.length === 0) {
    return (
      `There is no subscription to ${list} at that place. Where a farther layer subscribes, this one may switch the ` +
      `list off: gatehouse lists subscribe ${list} --trust off`
    );
  }
  return isDryRun ? `Would unsubscribe from ${list}.` : `Unsubscribed from ${list} (revision ${String(revision)}).`;
}

export function describeWaiting({ waiting, warnings }: z.output<typeof waitingList>): string {
  if (waiting.length === 0) return withWarnings('No rule waits.', warnings);
  const lines = table(
    ['SCOPE', 'LIST', 'KIND', 'ENTITY', 'PEOPLE', 'MODERATORS', 'SINCE', 'REASON'],
    waiting.map(({ scope, list, rule, people, moderators, since }) => [
      ...[scope, list, rule.kind, rule.entity, String(people), String(moderators)],
      ...[new Date(since).toISOString(), rule.reason ?? '-'],
    ]),
  );
  return withWarnings(`${lines}\nWho they are about: gatehouse lists preview LIST`, warnings);
}

export function describeDecided({ rule, scope, standing, dry_run: isDryRun }: z.output<typeof decided>): string {
  const line = printable(`The rule "${rule}" ${isDryRun ? 'would be' : 'is'} ${standing} for ${scope}.`);
  return isDryRun ? `${line}\nNothing is changed: this was a dry run.` : line;
}

export function describeRuleOverride(answer: z.output<typeof overriddenRule>): string {
  const { rule, scope, override, changes, dry_run: isDryRun } = answer;
  if (changes.length === 0) {
    return printable(
      override === null
        ? `${scope} says nothing of the rule "${rule}" itself.`
        : `Nothing changes: ${scope} says "${override}" of the rule "${rule}" already.`,
    );
  }
  const would = isDryRun ? 'would say' : 'says';
  const what = override === null ? 'nothing' : `"${override}"`;
  return printable(`${scope} ${would} ${what} of the rule "${rule}" now${isDryRun ? '; nothing is changed' : ''}.`);
}

export function describeMatches({ entity, matches }: z.output<typeof matchList>): string {
  if (matches.length === 0) return printable(`No policy list in use says anything about ${entity}.`);
  return table(
    ['LIST', 'KIND', 'ENTITY', 'RECOMMENDATION', 'REASON', 'WHAT COMES OF IT'],
    matches.map(({ list, rule, subscribers }) => [
      ...[list, ...rowOf(rule)],
      subscribers.map((one) => `${placeOf(one)}: ${standingOf(one, rule)}`).join('; '),
    ]),
  );
}

type StandingAnswer = z.output<typeof matchList>['matches'][number]['subscribers'][number];

/** The rooms that differ are named, if they are not too many. */
function placeOf({ scope, rooms }: StandingAnswer): string {
  if (rooms === null) return scope;
  const [named, rest] = [rooms.slice(0, MOST_ROOMS), rooms.length - MOST_ROOMS];
  return `${scope}, in ${named.join(', ')}${rest > 0 ? ` and ${count(rest, 'other room')}` : ''}`;
}

const MOST_ROOMS = 3;

/** What a rule comes to for somebody who subscribes, in words for moderators. */
function standingOf({ trust, effect, override, people, moderators, by }: StandingAnswer, rule: RuleAnswer): string {
  if (effect !== 'ignored' && rule.recommendation === 'unban') return 'takes bans back';
  const inForce = trust === 'enforce' ? 'in force' : 'in force, only flagged';
  switch (effect) {
    case 'passed':
      return inForce;
    case 'approved':
      return `${inForce}, approved by ${by ?? 'somebody'}`;
    case 'waiting':
      return `waits for a human${wouldHit(people, moderators)}`;
    case 'rejected':
      return `rejected by ${by ?? 'somebody'}`;
    case 'open':
      return 'has hit nobody yet: whom it would hit is counted when it does';
    case 'chosen':
      return override === 'flag' ? 'overridden: only flagged' : 'overridden: in force';
    case 'ignored':
      return 'overridden: ignored';
    case 'reported':
      return 'only written to the log';
    case 'exempt':
      return 'exempt from this list';
    case 'off':
      return 'the list is not in use there';
    case 'taken_back':
      return 'taken back by a rule that takes bans back';
    default:
      return effect;
  }
}

function wouldHit(people: number | null, moderators: number | null): string {
  if (people === null || people === 0) return '';
  const among = moderators === null || moderators === 0 ? '' : `, ${count(moderators, 'moderator')} among them`;
  return ` (would hit ${count(people, 'member')}${among})`;
}
