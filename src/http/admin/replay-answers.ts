/** Replays and shadow counts as the admin API shows them. */
import * as z from 'zod';
import { CHANGES, WHO, type Example, type ReplayReport } from '../../policy/replay/report.ts';
import type { ReplayJob, ReplayJobs } from '../../policy/replay/replay-jobs.ts';
import type { ShadowCounts } from '../../policy/replay/shadow-counts.ts';
import type { SettingsDirectory } from '../../policy/settings/settings-directory.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';

export interface ReplayDeps {
  readonly replays: ReplayJobs;
  readonly settings: SettingsDirectory;
  readonly now: () => number;
}

export interface ShadowDeps {
  readonly settings: SettingsDirectory;
  readonly now: () => number;
  readonly shadowCounts: (span: {
    readonly since: number;
    readonly rooms: ReadonlySet<RoomId> | undefined;
  }) => Promise<ShadowCounts>;
  readonly knownRooms: () => readonly RoomId[];
}

export const peopleCounts = z.object({ moderator: z.int(), regular: z.int(), newcomer: z.int() });

const exampleFields = {
  rule: z.string(),
  who: z.enum(WHO),
  reference: z.string(),
  event_id: z.string(),
  room_id: z.string(),
  sender: z.string(),
  decided_at: z.int().describe('Milliseconds since 1970.'),
  excerpt: z.string().describe('Of what people get to read of the event; empty where it is kept no more.'),
};

const change = z.enum(CHANGES);

const reportAnswer = z.object({
  verdicts: z.int().describe('First verdicts of that time, in those rooms.'),
  judged: z.int(),
  same: z.int(),
  history: z.int().describe('Signed because they are from before protection began.'),
  content_gone: z.int().describe('Kept no more, so that they cannot be judged again.'),
  settings_gone: z.int(),
  undecided: z.int().describe('A rule waits for an answer that nobody can give any more.'),
  unknown: z.record(z.string(), z.int()).describe('Questions that nobody can answer any more, by kind.'),
  changes: z.object(Object.fromEntries(CHANGES.map((name) => [name, peopleCounts]))),
  rules: z.array(z.object({ rule: z.string(), change, people: peopleCounts })),
  examples: z.array(z.object({ change, ...exampleFields })),
});

export const jobAnswer = z.object({
  id: z.int(),
  scope: z.string(),
  mode: z.enum(['live', 'draft']),
  since: z.int(),
  by: z.string(),
  started_at: z.int(),
  status: z.enum(['waiting', 'running', 'done', 'failed', 'stopped']),
  progress: z.object({ done: z.int(), total: z.int() }).nullable(),
  report: reportAnswer.nullable(),
});

export function jobOf({
  id,
  scope,
  mode,
  since,
  by,
  startedAt,
  status,
  progress,
  report,
}: ReplayJob): z.output<typeof jobAnswer> {
  return {
    ...{ id, scope, mode, since, by, started_at: startedAt, status },
    progress: progress === undefined ? null : { ...progress },
    report: report === undefined ? null : reportOf(report),
  };
}

function reportOf(report: ReplayReport): z.output<typeof reportAnswer> {
  const { verdicts, judged, same, history, contentGone, settingsGone, undecided, unknown } = report;
  return {
    ...{ verdicts, judged, same, history, content_gone: contentGone, settings_gone: settingsGone, undecided },
    unknown: { ...unknown },
    changes: { ...report.changes },
    rules: report.rules.map((rule) => ({ ...rule, people: { ...rule.people } })),
    examples: report.examples.map((example) => ({ change: example.change, ...exampleFormOf(example) })),
  };
}

function exampleFormOf(example: Omit<Example, 'change'>): z.output<z.ZodObject<typeof exampleFields>> {
  const { rule, who, reference, eventId, roomId, sender, decidedAt, excerpt } = example;
  return { rule, who, reference, event_id: eventId, room_id: roomId, sender, decided_at: decidedAt, excerpt };
}

export const shadowAnswer = z.object({
  since: z.int(),
  is_complete: z.boolean().describe('False where there were more than could be looked at: the latest are left out.'),
  rules: z.array(
    z.object({
      rule: z.string(),
      action: z.enum(['refuse', 'flag', 'allow']).describe('What it would have done.'),
      people: peopleCounts,
      refused_anyway: z.int().describe('So many of these were refused by another rule.'),
      last_at: z.int(),
      examples: z.array(z.object(exampleFields)),
    }),
  ),
});

export function shadowOf({ since, isComplete, rules }: ShadowCounts): z.output<typeof shadowAnswer> {
  return {
    ...{ since, is_complete: isComplete },
    rules: rules.map(({ rule, action, people, refusedAnyway, lastAt, examples }) => ({
      ...{ rule, action, people: { ...people }, refused_anyway: refusedAnyway, last_at: lastAt },
      examples: examples.map(exampleFormOf),
    })),
  };
}
