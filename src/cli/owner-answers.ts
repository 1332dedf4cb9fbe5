/** What the running process answers: only what the commands read is checked, the rest is passed on to `--json`. */
import { z } from 'zod';

export const errorAnswer = z.looseObject({
  errcode: z.string(),
  error: z.string(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
});

const policyStatus = z.looseObject({
  status: z.enum(['active', 'missing', 'mismatch']),
  detail: z.string().optional(),
});

const roomSummary = z.looseObject({
  room_id: z.string(),
  name: z.string().optional(),
  canonical_alias: z.string().optional(),
  room_version: z.string(),
  membership: z.enum(['joining', 'joined', 'left']),
  left_because: z.string().optional(),
  joined_members: z.number(),
  policy: policyStatus,
});
export type RoomAnswer = z.output<typeof roomSummary>;

export const roomList = z.looseObject({ rooms: z.array(roomSummary) });

const graphOverview = z.looseObject({
  extremities: z.number(),
  events: z.record(z.string(), z.number()),
  unaccepted: z.array(
    z.looseObject({
      event_id: z.string(),
      type: z.string(),
      sender: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      received_from: z.string(),
      received_at: z.number(),
      is_from_before: z.boolean().default(false),
    }),
  ),
});
export type GraphAnswer = z.output<typeof graphOverview>;

export const roomDetails = z.looseObject({
  room: roomSummary,
  graph: graphOverview.optional(),
  policy_content: z.record(z.string(), z.json()),
});

const refused = z.looseObject({ type: z.literal('refused'), reason: z.string() });
const notJoined = z.looseObject({ type: z.literal('notJoined') });
const unsupported = z.looseObject({ type: z.literal('unsupportedRoomVersion'), room_version: z.string() });

export const createAnswer = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('created'),
    room_id: z.string(),
    alias: z.string().optional(),
    invites: z.array(z.looseObject({ user_id: z.string(), failed: z.string().optional() })),
  }),
  z.looseObject({ type: z.literal('aliasTaken'), alias: z.string() }),
  unsupported,
  refused,
]);

export const sendAnswer = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('sent'), room_id: z.string(), event_id: z.string() }),
  notJoined,
  refused,
]);

export const upgradeAnswer = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('upgraded'), room_id: z.string(), replaces: z.string(), notes: z.array(z.string()) }),
  notJoined,
  unsupported,
  refused,
]);

export const eventAnswer = z.looseObject({
  event: z.looseObject({
    event_id: z.string(),
    room_id: z.string(),
    type: z.string(),
    state_key: z.string().optional(),
    sender: z.string(),
    origin_server_ts: z.number(),
    depth: z.number(),
    status: z.string(),
    is_rejected: z.boolean(),
    reason: z.string().optional(),
    state_before: z.string().optional(),
    state_after: z.string().optional(),
    prev_events: z.array(z.string()),
    auth_events: z.array(z.string()),
    redacted_by: z.string().optional(),
    policy_signature: z.enum(['valid', 'wrong', 'missing', 'notNamed', 'notNeeded']),
    received_from: z.string(),
    received_at: z.number(),
  }),
});
export type EventAnswer = z.output<typeof eventAnswer>['event'];

const attempts = z.array(z.looseObject({ server: z.string(), reason: z.string() }));

export const joinAnswer = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('joined'), room_id: z.string(), via: z.string() }),
  z.looseObject({ type: z.enum(['alreadyJoined']), room_id: z.string() }),
  z.looseObject({ type: z.literal('failed'), attempts }),
]);

export const leaveAnswer = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('left'), room_id: z.string() }),
  z.looseObject({ type: z.literal('notJoined') }),
  z.looseObject({ type: z.literal('failed'), attempts }),
]);
export type Attempts = z.output<typeof attempts>;

const publicKey = z.looseObject({ key_id: z.string(), public_key: z.string() });

export const publicKeys = z.looseObject({
  server_key: publicKey,
  policy_key: publicKey,
  old_server_keys: z.array(publicKey.extend({ expired_ts: z.number() })),
});
export type PublicKeysAnswer = z.output<typeof publicKeys>;

export const evidence = z.looseObject({
  path: z.string(),
  span: z.looseObject({ start: z.number(), end: z.number() }).optional(),
  matched: z.string().optional(),
  note: z.string(),
  check: z.string().optional(),
  context: z.looseObject({ before: z.string(), matched: z.string(), after: z.string() }).nullish(),
});
export type EvidenceAnswer = z.output<typeof evidence>;

const ruleMatch = z.looseObject({ rule: z.string(), evidence: z.array(evidence) });

const explainedRule = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  action: z.string(),
  message: z.string().nullish(),
  mode: z.string(),
  when: z.json().optional(),
  origin: z.string().nullish(),
  now: z.enum(['same', 'changed', 'gone']),
});
export type ExplainedRuleAnswer = z.output<typeof explainedRule>;

const explainedEvent = z.looseObject({
  event_id: z.string(),
  community: z.string().nullish(),
  content_kept: z.boolean(),
  graph: z.looseObject({ status: z.string(), reason: z.string().nullish(), received_at: z.number() }).nullish(),
  precedents: z.array(
    z.looseObject({
      id: z.number(),
      action: z.string(),
      sender: z.string().nullish(),
      until: z.number(),
      by: z.string(),
    }),
  ),
});
export type ExplainedEventAnswer = z.output<typeof explainedEvent>;

const verdict = z.looseObject({
  event_id: z.string(),
  revision: z.number(),
  room_id: z.string(),
  room_version: z.string(),
  sender: z.string(),
  type: z.string(),
  reference: z.string(),
  decision: z.discriminatedUnion('outcome', [
    z.looseObject({ outcome: z.literal('sign'), signature: z.string(), public_key: z.string() }),
    z.looseObject({ outcome: z.literal('refuse'), message: z.string(), harms: z.array(z.string()) }),
  ]),
  decided_by: z.string(),
  evidence: z.array(evidence),
  flags: z.array(ruleMatch).default([]),
  shadow: z.array(ruleMatch.extend({ action: z.string() })).default([]),
  facts: z.record(z.string(), z.json()),
  explanation: z.string().optional(),
  rule: explainedRule.nullish(),
  known: z.array(z.looseObject({ what: z.string(), value: z.string() })).optional(),
  took_ms: z.number().nullish(),
  configuration: z.string(),
  asked_by: z.string(),
  decided_at: z.number(),
});
export type VerdictAnswer = z.output<typeof verdict>;

export const verdictList = z.looseObject({
  verdicts: z.array(verdict).min(1),
  events: z.array(explainedEvent).default([]),
});
export type VerdictListAnswer = z.output<typeof verdictList>;
