/**
 * Rules of policy lists (client-server API, "Moderation policy lists"), read from the state of the list's room. Strangers
 * write them: what cannot be understood is no rule, and nothing here throws.
 */
import type { Pdu } from '../../protocol/events.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { isJsonObject, own, ownString, type JsonObject } from '../../protocol/json.ts';

export const LIST_KINDS = ['user', 'server', 'room'] as const;
export type ListKind = (typeof LIST_KINDS)[number];

/** Event types of each kind, newest first: where two have the same state key, the newer type's is the rule. */
const TYPES_OF_KIND: Readonly<Record<ListKind, readonly string[]>> = {
  user: ['m.policy.rule.user', 'm.room.rule.user', 'org.matrix.mjolnir.rule.user'],
  server: ['m.policy.rule.server', 'm.room.rule.server', 'org.matrix.mjolnir.rule.server'],
  room: ['m.policy.rule.room', 'm.room.rule.room', 'org.matrix.mjolnir.rule.room'],
};

export const RULE_TYPES: ReadonlyMap<string, ListKind> = new Map(
  LIST_KINDS.flatMap((kind) => TYPES_OF_KIND[kind].map((type) => [type, kind] as const)),
);

/** `unban` takes bans back, by whichever list. */
export type Recommendation = 'ban' | 'takedown' | 'unban';

/**
 * @NOTE `m.allow` (MSC4150, `org.matrix.mjolnir.allow`) makes lists of everybody who may take part, often with the entity
 * `*`: read as an unban it would take back every ban of the list, so it is no rule here.
 */
const RECOMMENDATIONS: ReadonlyMap<string, Recommendation> = new Map([
  ['m.ban', 'ban'],
  ['org.matrix.mjolnir.ban', 'ban'],
  // MSC4204.
  ['m.takedown', 'takedown'],
  ['org.matrix.msc4204.takedown', 'takedown'],
  ['fi.mau.meowlnir.unban', 'unban'],
]);

export interface ListRule {
  readonly kind: ListKind;
  readonly eventId: EventId;
  readonly stateKey: string;
  readonly recommendation: Recommendation;
  readonly reason: string | undefined;
  /** As written: a name or a glob; of hashed rules `sha256:` and the hash in unpadded base64. */
  readonly entity: string;
  /** SHA-256 of the entity in lower-case hex, where the list hides it (MSC4205). */
  readonly sha256: string | undefined;
}

/** Longest entity and reason that are kept, in UTF-16 units: ids have 255 bytes at most. */
const MAX_ENTITY = 512;
const MAX_REASON = 500;

/** Where a list hides whom it is about. */
export const HASH_PREFIX = 'sha256:';

/** `undefined` where the event is no rule, or one that was emptied or redacted. */
export function readListRule(pdu: Pdu): ListRule | undefined {
  const kind = RULE_TYPES.get(pdu.type);
  const recommendation = RECOMMENDATIONS.get(ownString(pdu.content, 'recommendation') ?? '');
  if (kind === undefined || recommendation === undefined || pdu.stateKey === undefined) return undefined;
  const entity = entityOf(pdu.content);
  if (entity === undefined) return undefined;
  const reason = ownString(pdu.content, 'reason')?.slice(0, MAX_REASON);
  return { kind, eventId: pdu.eventId, stateKey: pdu.stateKey, recommendation, reason, ...entity };
}

/** Not by event: the same rule sent again with another reason is the same rule for those who decided about it. */
export function ruleKeyOf({ kind, entity }: Pick<ListRule, 'kind' | 'entity'>): string {
  return `${kind} ${entity}`;
}

function entityOf(content: JsonObject): Pick<ListRule, 'entity' | 'sha256'> | undefined {
  const entity = ownString(content, 'entity');
  // MSC4205: a rule that names its entity does not need the hash.
  if (entity !== undefined && entity !== '') {
    return entity.length <= MAX_ENTITY ? { entity, sha256: undefined } : undefined;
  }
  const digest = hashIn(content, 'hashes') ?? hashIn(content, 'org.matrix.msc4205.hashes');
  if (digest === undefined) return undefined;
  const text = digest.toString('base64').replace(/=+$/, '');
  return { entity: `${HASH_PREFIX}${text}`, sha256: digest.toString('hex') };
}

/** @NOTE MSC4205 says base64 and not which: both alphabets are seen, with padding and without. */
function hashIn(content: JsonObject, key: string): Buffer | undefined {
  const hashes = own(content, key);
  const text = isJsonObject(hashes) ? ownString(hashes, 'sha256') : undefined;
  if (text === undefined || !/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const digest = Buffer.from(text, 'base64');
  return digest.length === 32 ? digest : undefined;
}

/** What of a room holds the rule of a kind and state key. */
export interface RuleState {
  stateEvent(type: string, stateKey: string): Pdu | undefined;
}

/** The rule in force: an event of a newer type takes the place of older ones, even where it is emptied. */
export function ruleAt(state: RuleState, kind: ListKind, stateKey: string): ListRule | undefined {
  for (const type of TYPES_OF_KIND[kind]) {
    const pdu = state.stateEvent(type, stateKey);
    if (pdu !== undefined) return readListRule(pdu);
  }
  return undefined;
}
