/** What came of a replay: counts, and examples of what would be otherwise. */
import type { QuestionType } from '../answers.ts';

export const WHO = ['moderator', 'regular', 'newcomer'] as const;
export type Who = (typeof WHO)[number];

export const CHANGES = ['refused', 'allowed', 'flagged', 'unflagged', 'shadowed', 'otherRule', 'different'] as const;
/**
 * `refused`: signed then, refused now; `allowed` the other way round; `flagged` and `unflagged` as they say; `shadowed`: a
 * rule in shadow would have refused it; `otherRule`: refused both times, by another rule; `different`: the same rules do
 * not give what was stored.
 */
export type Change = (typeof CHANGES)[number];

export interface Example {
  readonly change: Change;
  /** The rule that makes the difference: of `allowed` and `unflagged` the one that did then. */
  readonly rule: string;
  readonly who: Who;
  readonly reference: string;
  readonly eventId: string;
  readonly roomId: string;
  readonly sender: string;
  readonly decidedAt: number;
  /** Of what people get to read of the event. */
  readonly excerpt: string;
}

export type PeopleCounts = Readonly<Record<Who, number>>;

export interface ReplayReport {
  readonly mode: 'live' | 'draft';
  readonly since: number;
  /** First verdicts of that time, in those rooms. */
  readonly verdicts: number;
  /** Judged again. */
  readonly judged: number;
  /** Judged as before. */
  readonly same: number;
  /** Signed because they are from before protection began, whatever rules say. */
  readonly history: number;
  /** Kept no more, or not readable: cannot be judged. */
  readonly contentGone: number;
  /** Under settings that are not stored. */
  readonly settingsGone: number;
  /** A rule waits for an answer that nobody can give any more. */
  readonly undecided: number;
  /** Questions that nobody can answer any more, by kind; checks that asked them have failed. */
  readonly unknown: Readonly<Partial<Record<QuestionType, number>>>;
  readonly changes: Readonly<Record<Change, PeopleCounts>>;
  readonly rules: readonly RuleReport[];
  /** Moderators and regulars first. */
  readonly examples: readonly Example[];
}

export interface RuleReport {
  readonly rule: string;
  readonly change: Change;
  readonly people: PeopleCounts;
}

/** Examples that are kept of one change by one rule, for each kind of people. */
const EXAMPLES_OF_EACH = 5;
const MOST_EXAMPLES = 200;

type Count = Exclude<keyof ReplayReport, 'mode' | 'since' | 'unknown' | 'changes' | 'rules' | 'examples'>;

export class ReportBuilder {
  readonly #counts: Record<Count, number> = {
    ...{ verdicts: 0, judged: 0, same: 0, history: 0, contentGone: 0, settingsGone: 0, undecided: 0 },
  };
  readonly #unknown = new Map<QuestionType, number>();
  readonly #rules = new Map<string, { rule: string; change: Change; people: Record<Who, number> }>();
  readonly #examples: Example[] = [];
  readonly #exampleCounts = new Map<string, number>();

  count(what: Count): void {
    this.#counts[what] += 1;
  }

  noteUnknown(type: QuestionType): void {
    this.#unknown.set(type, (this.#unknown.get(type) ?? 0) + 1);
  }

  /** `example` is asked only where one more is kept. */
  note(change: Change, rule: string, who: Who, example: () => Omit<Example, 'change' | 'rule' | 'who'>): void {
    const key = `${change} ${rule}`;
    const known = this.#rules.get(key) ?? { rule, change, people: nobody() };
    known.people[who] += 1;
    this.#rules.set(key, known);
    const kept = this.#exampleCounts.get(`${key} ${who}`) ?? 0;
    if (kept >= EXAMPLES_OF_EACH || this.#examples.length >= MOST_EXAMPLES) return;
    this.#exampleCounts.set(`${key} ${who}`, kept + 1);
    this.#examples.push({ change, rule, who, ...example() });
  }

  report(mode: ReplayReport['mode'], since: number): ReplayReport {
    const rules = [...this.#rules.values()].sort((a, b) => total(b.people) - total(a.people));
    const examples = this.#examples.sort((a, b) => WHO.indexOf(a.who) - WHO.indexOf(b.who));
    return {
      ...{ mode, since },
      ...this.#counts,
      unknown: Object.fromEntries(this.#unknown),
      changes: changesOf(rules),
      ...{ rules, examples },
    };
  }
}

function changesOf(rules: readonly RuleReport[]): Record<Change, Record<Who, number>> {
  const changes: Record<Change, Record<Who, number>> = {
    ...{ refused: nobody(), allowed: nobody(), flagged: nobody(), unflagged: nobody() },
    ...{ shadowed: nobody(), otherRule: nobody(), different: nobody() },
  };
  for (const { change, people } of rules) for (const who of WHO) changes[change][who] += people[who];
  return changes;
}

export function nobody(): Record<Who, number> {
  return { moderator: 0, regular: 0, newcomer: 0 };
}

export function total(people: PeopleCounts): number {
  return people.moderator + people.regular + people.newcomer;
}
