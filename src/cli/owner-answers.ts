/** What the running process answers: only what the commands read is checked, the rest is passed on to `--json`. */
import { z } from 'zod';

export const errorAnswer = z.looseObject({ errcode: z.string(), error: z.string() });

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

export const roomDetails = z.looseObject({ room: roomSummary, policy_content: z.record(z.string(), z.json()) });

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

const evidence = z.looseObject({
  path: z.string(),
  span: z.looseObject({ start: z.number(), end: z.number() }).optional(),
  matched: z.string().optional(),
  note: z.string(),
});
export type EvidenceAnswer = z.output<typeof evidence>;

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
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  configuration: z.string(),
  asked_by: z.string(),
  decided_at: z.number(),
});
export type VerdictAnswer = z.output<typeof verdict>;

export const verdictList = z.looseObject({ verdicts: z.array(verdict).min(1) });
