/** A subscription to a policy list, as it stands in a settings layer under `lists`, by the list's room id. */
import * as z from 'zod';
import { parseRoomId } from '../../protocol/ids/room-id.ts';

/** `notify` never refuses nor flags: what the list says is only shown. */
export const TRUSTS = ['enforce', 'flag', 'notify'] as const;
/** In a layer: it and those nearer are not subscribed, whatever farther layers say. */
const OFF = 'off';

const globs = z.array(z.string().min(1).max(255)).max(1_000);

const exempt = z.strictObject({
  users: globs.default([]).describe('User ids that no rule of this list is about, as globs: "@*:example.org".'),
  servers: globs.default([]).describe('Servers that no rule of this list is about, their users included, as globs.'),
});

/** What people decided about single rules: more than the list says, less, or nothing at all; `none` takes that back. */
export const OVERRIDES = ['ignore', 'enforce', 'flag', 'none'] as const;
export type RuleOverride = (typeof OVERRIDES)[number];

export const listSubscription = z.strictObject({
  trust: z
    .enum(TRUSTS)
    .default('flag')
    .describe('What a match means: refused (`enforce`), shown to moderators (`flag`), or only reported (`notify`).'),
  exempt: exempt.prefault({}).describe('Whom the rules of this list are never about.'),
  overrides: z
    .record(z.string().min(1).max(255), z.enum(OVERRIDES))
    .default({})
    .describe(
      'Single rules treated otherwise than the list: event id of the rule, or its entity, and `ignore`, `enforce` or `flag`. ' +
        'Those of farther layers count too; `none` takes one of them back.',
    ),
  limit: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(10)
    .describe('A new rule that matches more joined members than this waits until a human approves it.'),
  name: z.string().min(1).max(200).optional().describe('What people call this list.'),
});

/** As a layer may have it. */
export const writtenSubscription = listSubscription.extend({
  trust: z
    .enum([...TRUSTS, OFF])
    .default('flag')
    .describe(
      'What a match means: refused (`enforce`), shown to moderators (`flag`), or only reported (`notify`); ' +
        '`off` ends a subscription of farther layers here.',
    ),
});

/** One that is in force, defaults filled in. */
export type ListSubscription = z.infer<typeof listSubscription>;

/** What is not given stays; of exemptions, too, those of users and those of servers each on their own. */
export function changedSubscription(
  known: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const [before, named] = [known['exempt'], changes['exempt']];
  if (!isSection(before) || !isSection(named)) return { ...known, ...changes };
  return { ...known, ...changes, exempt: { ...before, ...named } };
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Each is asked about each event. */
const MAX_LISTS = 200;

/** The section `lists` of a layer document: subscriptions by room id. */
export const listSubscriptions = z
  .record(
    z
      .string()
      .refine((text) => parseRoomId(text) !== undefined, { error: 'expected a room id such as "!abc:example.org"' }),
    writtenSubscription,
  )
  .refine((lists) => Object.keys(lists).length <= MAX_LISTS, {
    error: `expected at most ${String(MAX_LISTS)} policy lists`,
  })
  .describe('Policy lists that rooms here are protected by, by room id of the list.');

/** A subscription of merged layers; `undefined` where it is switched off or cannot be read. */
export function subscriptionInForce(written: unknown): ListSubscription | undefined {
  const read = listSubscription.safeParse(written);
  return read.success ? read.data : undefined;
}
