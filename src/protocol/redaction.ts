/** Redaction: what is left of an event in each room version (content/rooms, "Redactions"). Pure and idempotent. */
import { isJsonObject, own, ownObject, type JsonObject, type JsonValue } from './json.ts';
import type { RedactionRules } from './room-versions.ts';

const TOP_LEVEL = [
  'event_id',
  'type',
  'room_id',
  'sender',
  'state_key',
  'hashes',
  'signatures',
  'depth',
  'prev_events',
  'auth_events',
  'origin_server_ts',
];
const ALL_TOP_LEVEL = [...TOP_LEVEL, 'prev_state', 'origin', 'membership'];
const KEPT: ReadonlySet<string> = new Set([...TOP_LEVEL, 'content']);
const ALL_KEPT: ReadonlySet<string> = new Set([...ALL_TOP_LEVEL, 'content']);
const POWER_LEVELS = ['ban', 'events', 'events_default', 'kick', 'redact', 'state_default', 'users', 'users_default'];

/** The redacted event, without `unsigned`. `content` becomes `{}` where it was no object. */
export function redact(event: JsonObject, rules: RedactionRules): JsonObject {
  const kept = pick(event, rules.keepsLegacyTopLevel ? ALL_TOP_LEVEL : TOP_LEVEL);
  kept['content'] = redactedContent(event, rules);
  return kept;
}

/** Whether redaction keeps a top-level key; it keeps the values of all of them but `content`. */
export function redactionKeeps(key: string, rules: RedactionRules): boolean {
  return (rules.keepsLegacyTopLevel ? ALL_KEPT : KEPT).has(key);
}

/** The `content` that redaction leaves. */
export function redactedContent(event: JsonObject, rules: RedactionRules): JsonObject {
  return redactContent(own(event, 'type'), ownObject(event, 'content') ?? {}, rules);
}

function redactContent(type: JsonValue | undefined, content: JsonObject, rules: RedactionRules): JsonObject {
  switch (type) {
    case 'm.room.member':
      return redactMember(content, rules);
    case 'm.room.create':
      return rules.keepsCreateContent ? content : pick(content, ['creator']);
    case 'm.room.join_rules':
      return pick(content, rules.keepsJoinRuleAllow ? ['join_rule', 'allow'] : ['join_rule']);
    case 'm.room.power_levels':
      return pick(content, rules.keepsInviteLevel ? [...POWER_LEVELS, 'invite'] : POWER_LEVELS);
    case 'm.room.history_visibility':
      return pick(content, ['history_visibility']);
    case 'm.room.aliases':
      return rules.keepsAliases ? pick(content, ['aliases']) : {};
    case 'm.room.redaction':
      return rules.keepsRedacts ? pick(content, ['redacts']) : {};
    default:
      return {};
  }
}

function redactMember(content: JsonObject, rules: RedactionRules): JsonObject {
  const kept = pick(
    content,
    rules.keepsJoinAuthorisedVia ? ['membership', 'join_authorised_via_users_server'] : ['membership'],
  );
  const invite = own(content, 'third_party_invite');
  // @NOTE as in Synapse, a `third_party_invite` without `signed` is left as an empty object (version 11 on).
  if (rules.keepsThirdPartyInviteSigned && isJsonObject(invite)) {
    kept['third_party_invite'] = pick(invite, ['signed']);
  }
  return kept;
}

/** The keys are this file's own, never an event's, so that plain assignment is safe. */
function pick(object: JsonObject, keys: readonly string[]): Record<string, JsonValue> {
  const kept: Record<string, JsonValue> = {};
  for (const key of keys) {
    const value = own(object, key);
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
