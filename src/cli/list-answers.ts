/** What the running process says of policy lists: only what the commands read is checked. */
import { z } from 'zod';
import { changeAnswer } from './settings-answers.ts';

const rule = z.looseObject({
  kind: z.string(),
  entity: z.string(),
  recommendation: z.string(),
  reason: z.string().nullable(),
});
export type RuleAnswer = z.output<typeof rule>;

export const overviewList = z.looseObject({
  lists: z.array(
    z.looseObject({
      list: z.string(),
      bot: z.string(),
      rules: z.looseObject({ user: z.number(), server: z.number(), room: z.number() }),
      warnings: z.array(z.string()).default([]),
      subscribers: z.array(
        z.looseObject({
          scope: z.string(),
          rooms: z.number(),
          trust: z.string(),
          limit: z.number(),
          name: z.string().nullable(),
        }),
      ),
    }),
  ),
});

export const ruleList = z.looseObject({ list: z.string(), total: z.number(), rules: z.array(rule) });

export const preview = z.looseObject({
  list: z.string(),
  rooms_looked_at: z.number(),
  people: z.number(),
  moderators: z.number(),
  waiting_rules: z.number(),
  warnings: z.array(z.string()).default([]),
  rules: z.array(
    z.looseObject({
      rule,
      waits: z.boolean(),
      people: z.number(),
      moderators: z.number(),
      listed: z.array(
        z.looseObject({
          user_id: z.string(),
          rooms: z.array(z.string()),
          moderates: z.array(z.string()),
          messages: z.number().nullable(),
          is_regular: z.boolean().nullable(),
        }),
      ),
    }),
  ),
});

export type PreviewAnswer = z.output<typeof preview>;

const change = { revision: z.number(), changes: changeAnswer.shape.changes };

export const subscribed = preview.extend(change);
export const unsubscribed = z.looseObject({ list: z.string(), ...change });

export const waitingList = z.looseObject({
  waiting: z.array(
    z.looseObject({
      scope: z.string(),
      list: z.string(),
      rule,
      people: z.number(),
      moderators: z.number(),
      since: z.number(),
    }),
  ),
  warnings: z.array(z.string()).default([]),
});

export const decided = z.looseObject({
  scope: z.string(),
  rule: z.string(),
  standing: z.string(),
  dry_run: z.boolean(),
});

export const overriddenRule = z.looseObject({
  rule: z.string(),
  scope: z.string(),
  override: z.string().nullable(),
  ...change,
  dry_run: z.boolean(),
});

export const matchList = z.looseObject({
  entity: z.string(),
  matches: z.array(
    z.looseObject({
      list: z.string(),
      rule,
      subscribers: z.array(
        z.looseObject({
          scope: z.string(),
          rooms: z.array(z.string()).nullable().default(null),
          trust: z.string(),
          effect: z.string(),
          override: z.string().nullable(),
          people: z.number().nullable(),
          moderators: z.number().nullable(),
          by: z.string().nullable(),
        }),
      ),
    }),
  ),
});
