/** A rule as people write it, in YAML or JSON, and as it is stored. */
import * as z from 'zod';
import { duration } from '../filters/quantities.ts';
import { HARMS } from '../harms.ts';

export const RULE_NAME = /^[a-z][a-z0-9_-]{0,63}$/;

const globs = z.array(z.string().min(1).max(255)).max(1000);

/** Who is not judged; a layer's own list and that of each rule add up. */
export const exemptions = z.strictObject({
  users: globs.optional().describe('Globs on user ids: bots, bridges, people you trust.'),
  servers: globs
    .optional()
    .describe('Globs on server names, in any case; a port does not count unless the glob has one.'),
  power_level: z.int().optional().describe('Senders of this power level or more.'),
  known_for: duration.optional().describe('Senders first seen in the community at least so long ago.'),
  messages: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Senders with at least so many messages in the community.'),
});

export const ruleExemptions = exemptions.extend({
  moderators: z
    .boolean()
    .default(true)
    .describe('Whether those who may kick, ban and redact in the room are not judged by the rule.'),
  nobody: z.boolean().default(false).describe('Judges everybody, whatever other exemptions say.'),
});

export const ruleDocument = z.strictObject({
  description: z.string().max(1000).optional().describe('What the rule is for, for the people who look after it.'),
  when: z.unknown().describe('The condition: checks combined by `all`, `any`, `not` and `score`.'),
  action: z
    .enum(['refuse', 'flag', 'allow'])
    .default('refuse')
    .describe('`refuse` the event, `flag` it for the queue and go on, or `allow` it whatever later rules say.'),
  message: z
    .string()
    .min(1)
    .max(500)
    .default('Your message was not accepted in this room.')
    .describe('What the sender of a refused event is told; the reference is added.'),
  harms: z
    .array(z.string().min(1).max(255))
    .max(10)
    .default([HARMS.spam])
    .describe('Harm ids sent along with a refusal.'),
  exempt: ruleExemptions.prefault({}).describe('Who is not judged by the rule.'),
  mode: z.enum(['on', 'shadow', 'off']).default('on').describe('`shadow`: judged and recorded, never enforced.'),
  order: z
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe('Rules with lower numbers are asked first; the first that refuses or allows decides.'),
  on_failure: z
    .enum(['skip', 'refuse', 'busy'])
    .optional()
    .describe(
      'What it means that a check failed: the rule does not apply, it applies, or the sender is told to try again.',
    ),
});

export type RuleDocument = z.output<typeof ruleDocument>;
/** As it is written: everything but `when` may be left out. */
export type RuleInput = z.input<typeof ruleDocument>;
export type Exemptions = z.output<typeof exemptions>;
