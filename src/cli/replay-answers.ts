/** What the running process answers about replays and rules in shadow: only what the commands read is checked. */
import { z } from 'zod';

const people = z.looseObject({ moderator: z.number(), regular: z.number(), newcomer: z.number() });
export type PeopleAnswer = z.output<typeof people>;

const example = z.looseObject({
  change: z.string().optional(),
  rule: z.string(),
  who: z.string(),
  reference: z.string(),
  sender: z.string(),
  excerpt: z.string(),
});
export type ExampleAnswer = z.output<typeof example>;

const report = z.looseObject({
  verdicts: z.number(),
  judged: z.number(),
  same: z.number(),
  history: z.number(),
  content_gone: z.number(),
  settings_gone: z.number(),
  undecided: z.number(),
  unknown: z.record(z.string(), z.number()),
  changes: z.record(z.string(), people),
  rules: z.array(z.looseObject({ rule: z.string(), change: z.string(), people })),
  examples: z.array(example),
});
export type ReportAnswer = z.output<typeof report>;

export const replayJob = z.looseObject({
  id: z.number(),
  mode: z.string(),
  status: z.string(),
  progress: z.looseObject({ done: z.number(), total: z.number() }).nullable(),
  report: report.nullable(),
});
export type ReplayAnswer = z.output<typeof replayJob>;

export const shadowCounts = z.looseObject({
  is_complete: z.boolean(),
  rules: z.array(
    z.looseObject({
      rule: z.string(),
      action: z.string(),
      people,
      refused_anyway: z.number(),
      last_at: z.number(),
      examples: z.array(example),
    }),
  ),
});
export type ShadowAnswer = z.output<typeof shadowCounts>;

export const erasureReport = z.looseObject({
  user_id: z.string(),
  verdicts: z.number(),
  appeals: z.number(),
  events: z.number(),
  state_left: z.number(),
  is_logged: z.boolean(),
  dry_run: z.boolean(),
});
export type ErasureAnswer = z.output<typeof erasureReport>;

export const exportPage = z.looseObject({
  lines: z.array(z.looseObject({ kind: z.string() })),
  next: z.string().nullable(),
});
